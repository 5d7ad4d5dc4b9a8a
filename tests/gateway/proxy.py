"""Starts the real LiteLLM proxy of another virtual environment, and always ends it."""

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIG = Path(__file__).parents[2] / "deploy" / "litellm" / "config.yaml"


@dataclass(frozen=True)
class Proxy:
    """Where a proxy is, and its key."""

    base_url: str
    key: str


@contextmanager
def litellm_proxy(program: Path, upstream: str, upstream_key: str, *, seconds: float = 120.0) -> Iterator[Proxy]:
    """Run ``litellm`` with the deployed configuration in front of ``upstream``; RuntimeError where it won't come up."""
    key = f"sk-{secrets.token_hex(12)}"
    port = _free_port()
    environment = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": tempfile.gettempdir(),
        "UPSTREAM_BASE_URL": upstream,
        "UPSTREAM_API_KEY": upstream_key,
        "LITELLM_MASTER_KEY": key,
        # Otherwise it reads the nearest .env above the place where it is installed.
        "LITELLM_MODE": "PRODUCTION",
        # Without this it asks the network for its price list when it starts.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    with tempfile.TemporaryFile("w+") as log:
        command = [str(program), "--config", str(CONFIG), "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(f"http://127.0.0.1:{port}/health/liveliness", process, seconds)
        except RuntimeError as error:
            log.seek(0)
            raise RuntimeError(f"{error}\n{log.read()[-3000:]}") from error
        else:
            yield Proxy(f"http://127.0.0.1:{port}/v1", key)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _wait(url: str, process: "subprocess.Popen[bytes]", seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the proxy ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the proxy did not answer within {seconds:.0f} s")
