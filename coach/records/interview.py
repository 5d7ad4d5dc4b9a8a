"""The interview record: one ended attempt folded from its events. What scorers and reports read."""

from collections.abc import Iterable
from datetime import datetime

from coach.domain._base import Frozen
from coach.domain.cell import Cell
from coach.domain.feedback import InterviewFeedback
from coach.domain.subject import Brief
from coach.domain.truth import CaseTruth
from coach.domain.vocabulary import Blame, EndReason
from coach.records.events import (
    Called,
    CallRecord,
    Event,
    InterviewEnded,
    InterviewStarted,
    TurnCommitted,
    TurnRecord,
)


class InterviewRecord(Frozen):
    """One ended interview, whole."""

    interview_id: str
    cell_key: str
    cell: Cell | None
    attempt: int
    engine: str
    participant_name: str
    brief: Brief
    truth: CaseTruth | None
    started_at: datetime
    ended_at: datetime
    ended_by: EndReason
    blame: Blame
    last_message: str
    turns: tuple[TurnRecord, ...]
    calls: tuple[CallRecord, ...]
    feedback: InterviewFeedback | None
    no_feedback_reason: str | None = None


def fold(events: Iterable[Event]) -> InterviewRecord | None:
    """Return the record of one attempt's events, or None where the attempt did not end."""
    started: InterviewStarted | None = None
    ended: InterviewEnded | None = None
    turns: list[TurnRecord] = []
    calls: list[CallRecord] = []
    for event in events:
        match event:
            case InterviewStarted():
                started = event
            case TurnCommitted(turn=turn):
                turns.append(turn)
            case Called(call=call):
                calls.append(call)
            case InterviewEnded():
                ended = event
            case _:
                pass
    if started is None or ended is None:
        return None
    return InterviewRecord(
        interview_id=started.interview_id,
        cell_key=started.cell_key,
        cell=started.cell,
        attempt=started.attempt,
        engine=started.engine,
        participant_name=started.participant_name,
        brief=started.brief,
        truth=started.truth,
        started_at=started.at,
        ended_at=ended.at,
        ended_by=ended.ended_by,
        blame=ended.blame,
        last_message=ended.last_message,
        turns=tuple(turns),
        calls=tuple(calls),
        feedback=ended.feedback,
        no_feedback_reason=ended.no_feedback_reason,
    )
