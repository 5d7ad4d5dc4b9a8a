"""Small interviews as events, and a manifest for them."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import strategies as st

from coach.domain.cell import Case, Cell
from coach.domain.subject import Brief
from coach.domain.vocabulary import Blame, EndReason, Language
from coach.records.events import (
    Event,
    InterviewAbandoned,
    InterviewEnded,
    InterviewStarted,
    TurnCommitted,
    TurnRecord,
)
from coach.records.journal import JournalWriter
from coach.records.run import Manifest

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)
"""Any text that is UTF-8, control characters and line separators among it."""


def cell(persona: str = "p") -> Cell:
    return Cell(case=Case(persona=persona, scenario="s", language=Language.EN))


def interview(key: str, attempt: int = 1, reply: str = "yes", *, ends: bool = True) -> list[Event]:
    turn = TurnRecord(
        turn_id=1,
        message="Hello",
        reply=reply,
        next_message="Bye",
        asked_at=NOW,
        replied_at=NOW,
        committed_at=NOW,
    )
    events: list[Event] = [
        InterviewStarted(
            cell_key=key,
            attempt=attempt,
            interview_id=f"{key}-{attempt}",
            at=NOW,
            cell=cell(key),
            brief=Brief(scenario="s", language=Language.EN, seed=1, max_turns=3),
            engine="coach",
            participant_name="team",
        ),
        TurnCommitted(cell_key=key, attempt=attempt, turn=turn),
    ]
    last: Event = (
        InterviewEnded(
            cell_key=key,
            attempt=attempt,
            at=NOW,
            ended_by=EndReason.STOP,
            blame=Blame.NONE,
            last_message="Bye",
            feedback=None,
            no_feedback_reason="a test",
        )
        if ends
        else InterviewAbandoned(cell_key=key, attempt=attempt, at=NOW, reason="interrupted")
    )
    return [*events, last]


def write(path: Path, events: list[Event]) -> None:
    writer = JournalWriter(path)
    for event in events:
        writer.append(event)
    writer.close()


def manifest(*cells: Cell, created: datetime = NOW) -> Manifest:
    return Manifest(
        name="m",
        created=created,
        matrix={},
        cells=cells,
        model="offline",
        seed=1,
        settings={},
        git_commit=None,
        git_dirty=None,
        prompt_hashes={},
        price_source=None,
        versions={},
    )


def python(code: str, *arguments: object, before: tuple[str, ...] = ()) -> "subprocess.Popen[bytes]":
    """Start ``code`` in a process of its own that can import these tests; ``before`` precedes the command."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


def killed_after(said: int, code: str, *arguments: object) -> int:
    """Run ``code`` until it has said that many bytes, kill it, and return how many it had said by then."""
    process = python(code, *arguments)
    assert process.stdout is not None
    heard = len(process.stdout.read(said))
    process.send_signal(signal.SIGKILL)
    heard += len(process.stdout.read())
    process.communicate()
    return heard
