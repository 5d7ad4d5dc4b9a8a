"""``nox -s llm``: one short interview on a real small LLM (llama.cpp, SmolLM2-135M, one thread).

It shows that a real server's shapes are read: strict schemas become grammars, usage comes from a real tokenizer, a
cut answer is told apart. It says nothing about quality: so small a model understands none of it.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coach.cli import run as coach
from coach.models.base import Reply
from coach.models.budget import Budget
from coach.models.endpoint import EndpointModel
from coach.models.gate import LocalGate
from coach.models.limiter import Limiter
from coach.models.prices import Prices
from coach.models.probing import Ready, probe_request
from coach.models.tokens import estimate_tokens
from coach.models.transports import Address, open_transport
from coach.records.events import Called, CallRecord
from coach.records.journal import read_events
from coach.records.run import RunFolder
from coach.records.texts import TextReader


@contextmanager
def small_llm(python: Path) -> Iterator[str]:
    """Serve the model with the given environment's Python and give its base URL."""
    command = [str(python), str(Path(__file__).with_name("serve.py"))]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise SystemExit("the server did not come up")
        yield url
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    for name in [n for n in os.environ if n.startswith(("COACH_", "OPENAI_", "LITELLM_"))]:
        del os.environ[name]
    with small_llm(Path(sys.argv[1])) as url, tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        common = ["--model", "smollm2", "--base-url", url, "--timeout", "600"]
        assert coach(["doctor", *common[:4]]) == 0
        check_schema(url)
        one = "--persona honest_junior --language en --variants 1 --turns 2 --temperature 0 --max-output-tokens 200"
        code = coach(["simulate", *one.split(), *common, "--max-retries", "0", "--out", str(out)])
        (folder,) = [RunFolder.open(p.parent) for p in out.glob("*/run.json")]
        assert code == 0, code
        check(folder)


def check_schema(url: str) -> None:
    """A strict schema holds even so small a model to its form."""

    async def ask() -> Reply:
        address = Address(url, timeout=120.0)
        gate = LocalGate(Limiter(1), Budget())
        model = EndpointModel("smollm2", address, open_transport("direct", address), gate, Prices())
        try:
            return await model.complete(probe_request())
        finally:
            await model.close()

    reply = asyncio.run(ask())
    assert reply.mode == "json_schema"
    print(f"a strict schema: {Ready.model_validate_json(reply.text)!r}, {reply.usage!r}")


def check(folder: RunFolder) -> None:
    """Every call was asked by schema, counted, and is either an answer of the form or told apart."""
    calls: list[CallRecord] = [e.call for e in read_events(folder.journal) if isinstance(e, Called)]
    texts = TextReader(folder.path / "texts.jsonl")
    assert calls
    estimated = counted = 0
    for call in calls:
        assert call.mode == "json_schema"
        assert not call.usage.estimated
        assert call.usage.input is not None
        assert call.usage.output is not None
        assert (call.cost, call.cost_source) == (None, None)
        counted += call.usage.input
        estimated += sum(estimate_tokens(texts.get(ref) or "") for ref in call.messages)
        print(
            f"{call.role:<12} {call.outcome:<10} {call.usage.input:>6} in {call.usage.output:>5} out "
            f"{call.latency_ms / 1000:>6.1f} s"
        )
    fitting = [c for c in calls if c.outcome in ("parsed", "repaired")]
    # A grammar holds a model to the schema's shape; only one that is cut short can miss it.
    assert {c.outcome for c in calls} <= {"parsed", "repaired", "cut", "malformed"}
    print(
        f"{len(fitting)} of {len(calls)} answers have the wanted form; "
        f"prompts estimated at {estimated} tokens, counted {counted} ({100 * (estimated / counted - 1):+.0f} %)"
    )


if __name__ == "__main__":
    main()
