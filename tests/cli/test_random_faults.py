"""Whatever an endpoint does, in whatever order: no crash, no hang, nothing finished lost, no secret anywhere."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.cli import run as coach
from coach.records.run import RunFolder
from tests.cli.endpoint import endpoint, matrix, no_secret_in
from tests.fake_openai import FakeOpenAI, Fault
from tests.fake_openai.server import KEY

SMALL = ["--persona", "hallucinator", "--variants", "1", "--turns", "2", "--model", "gpt-4o-mini"]
QUICK = ["--timeout", "0.3", "--max-retries", "1"]
FAULTS = st.lists(st.sampled_from([f for f in Fault if f is not Fault.HUGE]), min_size=1, max_size=25)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def server() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COACH_BASE_URL", "")
        with endpoint(patch, matrix=matrix(personas=["hallucinator"], turns=2), retry_after="0.01") as running:
            yield running


def attempt(server: FakeOpenAI, faults: list[Fault], patch: pytest.MonkeyPatch, jobs: str) -> None:
    patch.setenv("COACH_BASE_URL", server.base_url)
    patch.setenv("COACH_API_KEY", KEY)
    begun = len(server.seen)
    server.faults = lambda number, _: faults[(number - begun - 1) % len(faults)] if number > begun else Fault.NONE
    out = Path(tempfile.mkdtemp())
    try:
        began = time.monotonic()
        code = coach(["simulate", *SMALL, *QUICK, "--jobs", jobs, "--out", str(out)])
        # Two interviews of two replies: at most 12 calls, each tried twice and repaired once, one after another.
        assert time.monotonic() - began < 30
        assert code in (0, 4)
        (folder,) = [RunFolder.open(p.parent) for p in out.glob("*/run.json")]
        ended = [r.interview_id for r in folder.records()]
        assert (code == 0) == (len(ended) == 2)
        server.faults = lambda *_: Fault.NONE
        assert coach(["simulate", "--resume", folder.path.name, "--out", str(out)]) == 0
        after = [r.interview_id for r in folder.records()]
        assert set(ended) <= set(after)
        assert len(after) == 2
        no_secret_in(out)
    finally:
        shutil.rmtree(out)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(faults=FAULTS)
def test_any_sequence_of_faults(server: FakeOpenAI, faults: list[Fault]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        attempt(server, faults, patch, "1")


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(faults=FAULTS, jobs=st.sampled_from(["1", "2"]))
def test_many_sequences_of_faults(server: FakeOpenAI, faults: list[Fault], jobs: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        attempt(server, faults, patch, jobs)


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.NONE])
def test_each_fault_on_every_call(fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but this fault: the run ends, its journal can be read, no secret is in it."""
    chosen = matrix(personas=["hallucinator"], turns=2)
    with endpoint(
        monkeypatch,
        matrix=chosen,
        faults=lambda number, _: fault if number else Fault.NONE,
        retry_after="0.01",
        huge=17 * 1024 * 1024,
    ):
        began = time.monotonic()
        code = coach(["simulate", *SMALL, "--language", "en", *QUICK, "--out", str(tmp_path)])
        assert time.monotonic() - began < 20
    answers = {Fault.FENCED, Fault.PROSE, Fault.NO_USAGE, Fault.WRONG_LANGUAGE, Fault.TRUNCATED, Fault.NO_JSON}
    answers |= {Fault.EMPTY, Fault.REFUSAL, Fault.FILTERED}
    assert code == (0 if fault in answers else 4)
    (folder,) = [RunFolder.open(p.parent) for p in tmp_path.glob("*/run.json")]
    assert len(list(folder.records())) == (1 if code == 0 else 0)
    no_secret_in(tmp_path)
