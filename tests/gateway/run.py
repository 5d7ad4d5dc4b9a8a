"""``nox -s gateway``: a small matrix through the real LiteLLM proxy in front of the fake endpoint.

Checks that what the endpoint counts and the proxy prices arrives in the journal, and that the proxy's errors are
understood: a wrong key, an unknown model, a pause that its provider asks for, a refusal, a weaker JSON mode.
"""

import os
import sys
import tempfile
from pathlib import Path

from coach.cli import run as coach
from coach.records.events import Called, CallRecord
from coach.records.journal import read_events
from coach.records.run import RunFolder
from tests.cli.endpoint import LIBRARY, SMALL, matrix
from tests.fake_openai import FakeOpenAI, Fault, rehearse
from tests.fake_openai.server import KEY
from tests.gateway.proxy import Proxy, litellm_proxy

IN, OUT = 0.0000005, 0.000002
"""The prices in deploy/litellm/config.yaml."""


def calls(out: Path) -> list[CallRecord]:
    (folder,) = [RunFolder.open(p.parent) for p in out.glob("*/run.json")]
    return [e.call for e in read_events(folder.journal) if isinstance(e, Called)]


def simulate(out: Path, model: str, proxy: Proxy, *more: str) -> int:
    os.environ["LITELLM_BASE_URL"], os.environ["LITELLM_API_KEY"] = proxy.base_url, proxy.key
    return coach(["simulate", *SMALL, "--model", model, "--out", str(out), *more])


def check_priced(folder: Path, server: FakeOpenAI, proxy: Proxy) -> None:
    for transport in ("direct", "sdk"):
        out = folder / transport
        assert simulate(out, "interviewer", proxy, "--transport", transport) == 0
        made = calls(out)
        assert made
        for call in made:
            assert call.mode == "json_schema"
            assert call.cost_source == "header"
            assert call.usage.reasoning == 3
            assert call.cost is not None
            assert call.cost >= (call.usage.input or 0) * IN * 0.4
            assert (call.outcome, call.attempts) == ("parsed", 1)
        # What is summed in the report is what the proxy said, call by call.
        print(f"{transport}: {len(made)} calls, ${sum(c.cost or 0 for c in made):.6f} by the proxy's header")
    assert all(s.body["response_format"]["type"] == "json_schema" for s in server.seen)


def check_unpriced(folder: Path, proxy: Proxy) -> None:
    out = folder / "unpriced"
    assert simulate(out, "unpriced", proxy) == 0
    assert {(c.cost, c.cost_source) for c in calls(out)} == {(None, None)}
    prices = folder / "prices.toml"
    prices.write_text("[unpriced]\ninput = 1.0\noutput = 2.0\n", "utf-8")
    assert simulate(folder / "table", "unpriced", proxy, "--prices", str(prices)) == 0
    assert {c.cost_source for c in calls(folder / "table")} == {"table"}
    print("unpriced: unknown by itself, known by the user's table")


def check_faults(folder: Path, server: FakeOpenAI, proxy: Proxy) -> None:
    begun = len(server.seen)
    faults = {2: Fault.RATE_LIMIT_AFTER, 5: Fault.SERVER_ERROR, 8: Fault.REFUSAL, 11: Fault.TRUNCATED}
    server.faults = lambda number, _: faults.get(number - begun, Fault.NONE)
    assert simulate(folder / "faults", "interviewer", proxy, "--max-connections", "1") == 0
    made = calls(folder / "faults")
    tries = [t for c in made for t in c.tries]
    assert {t.status for t in tries} == {429, 500}
    assert all(t.waited_ms > 0 for t in tries)
    assert {"refused", "cut"} <= {c.outcome for c in made}
    server.faults = lambda *_: Fault.NONE
    server.modes = ("json_object",)
    assert simulate(folder / "weaker", "interviewer", proxy) == 0
    assert {c.mode for c in calls(folder / "weaker")} == {"json_object"}
    print("faults: 429 and 500 tried again, a refusal and a cut told apart, JSON mode learned")


def check_errors(folder: Path, proxy: Proxy) -> None:
    assert simulate(folder / "none", "interviewer", Proxy(proxy.base_url, "sk-nobody-knows-it")) == 2
    assert simulate(folder / "none", "no-such-model", proxy) == 2
    assert not (folder / "none").exists()
    print("errors: a wrong key and an unknown model end in one line before anything is made")


def main() -> None:
    for name in [n for n in os.environ if n.startswith(("COACH_", "OPENAI_", "LITELLM_"))]:
        del os.environ[name]
    chosen = matrix()
    with FakeOpenAI() as server, tempfile.TemporaryDirectory() as temporary:
        rehearse(server.answers, chosen.cells("offline", LIBRARY.names), LIBRARY, seed=chosen.seed, turns=chosen.turns)
        with litellm_proxy(Path(sys.argv[1]), server.base_url, KEY) as proxy:
            folder = Path(temporary)
            check_priced(folder, server, proxy)
            check_unpriced(folder, proxy)
            check_faults(folder, server, proxy)
            check_errors(folder, proxy)
        for file in Path(temporary).rglob("*"):
            assert not file.is_file() or proxy.key.encode() not in file.read_bytes(), file
    print("The gateway does what the endpoint does.")


if __name__ == "__main__":
    main()
