"""What the tests of runs on an endpoint share: a small matrix, rehearsed on a fake server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach
from coach.content.library import Library
from coach.content.scenario import Matrix
from coach.records.run import RunFolder
from tests.fake_openai import FakeOpenAI, rehearse
from tests.fake_openai.server import KEY

LIBRARY = Library()
PERSONAS = ("hallucinator", "honest_junior")
SMALL = ["--variants", "1", "--turns", "4", *(x for p in PERSONAS for x in ("--persona", p))]
"""Four interviews of at most four replies."""


def matrix(**changes: Any) -> Matrix:
    data = {"personas": list(PERSONAS), "variants": 1, "turns": 4}
    return Matrix.model_validate(LIBRARY.matrices["smoke"].model_dump() | data | changes)


@contextmanager
def endpoint(monkeypatch: pytest.MonkeyPatch, **options: Any) -> Iterator[FakeOpenAI]:
    """A fake server that knows the small matrix; its address and key are in the environment."""
    rehearsal = options.pop("rehearsal", {})
    chosen = options.pop("matrix", matrix())
    with FakeOpenAI(**options) as server:
        cells = chosen.cells("offline", LIBRARY.names)
        rehearse(server.answers, cells, LIBRARY, seed=chosen.seed, turns=chosen.turns, **rehearsal)
        monkeypatch.setenv("COACH_BASE_URL", server.base_url)
        monkeypatch.setenv("COACH_API_KEY", KEY)
        yield server


def simulate(out: Path, *arguments: str, model: str = "gpt-4o-mini") -> int:
    return coach(["simulate", *SMALL, "--model", model, "--out", str(out), *arguments])


def only_run(out: Path) -> RunFolder:
    (path,) = [p.parent for p in out.glob("*/run.json")]
    return RunFolder.open(path)


def no_secret_in(folder: Path) -> None:
    """No file below holds the key."""
    for file in folder.rglob("*"):
        if file.is_file():
            assert KEY.encode() not in file.read_bytes(), file
