"""One interview: a candidate talks to a subject, and every step goes to the journal as it happens.

The unit of work is one attempt at one cell. It never counts half: a turn is journalled when the subject
has committed it, and an attempt without its last event runs again from the cell's start.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from coach.candidates import Candidate
from coach.domain.cell import Cell
from coach.domain.feedback import InterviewFeedback
from coach.domain.subject import Brief, Step, Subject
from coach.domain.truth import CaseTruth, Utterance
from coach.domain.vocabulary import EndReason
from coach.errors import ModelError, SubjectError
from coach.models.base import Try, Usage
from coach.models.calling import CallMade
from coach.records.events import (
    Called,
    CallRecord,
    Event,
    InterviewAbandoned,
    InterviewEnded,
    InterviewStarted,
    TurnCommitted,
    TurnRecord,
)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What identifies one attempt at a cell."""

    cell: Cell | None
    cell_key: str
    number: int
    interview_id: str
    engine: str
    participant_name: str
    truth: CaseTruth | None = None


class Recorder:
    """Turns what happens in one attempt into journal events."""

    def __init__(
        self,
        attempt: Attempt,
        append: Callable[[Event], None],
        put_text: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._attempt = attempt
        self._append = append
        self._put_text = put_text
        self._calls = 0
        self.clock = clock

    def started(self, brief: Brief) -> None:
        """Record that the attempt began."""
        a = self._attempt
        self._append(
            InterviewStarted(
                cell_key=a.cell_key,
                attempt=a.number,
                interview_id=a.interview_id,
                at=self.clock(),
                cell=a.cell,
                brief=brief,
                engine=a.engine,
                participant_name=a.participant_name,
                truth=a.truth,
            )
        )

    def called(self, made: CallMade) -> None:
        """Record a model call; each prompt text is kept once."""
        self._calls += 1
        reply = made.reply
        sent = reply.sent if reply and reply.sent else made.request.messages
        tries = reply.tries if reply else _tries(made.failure)
        call = CallRecord(
            turn_id=made.turn_id,
            role=made.request.role,
            number=self._calls,
            model=reply.model if reply else made.model,
            schema_name=made.request.schema_name,
            messages=tuple(self._put_text(m.content) for m in sent),
            reply=reply.text if reply else "",
            usage=reply.usage if reply else Usage(),
            cost=reply.cost if reply else None,
            latency_ms=reply.latency_ms if reply else 0.0,
            attempts=reply.attempts if reply else max(1, len(tries)),
            outcome=made.outcome,
            error=made.error,
            tries=tries,
            mode=reply.mode if reply else None,
            cost_source=reply.cost_source if reply else None,
            replayed=reply.replayed if reply else False,
        )
        self._append(Called(cell_key=self._attempt.cell_key, attempt=self._attempt.number, call=call))

    def turn(self, turn_id: int, asked: Step, said: Utterance, step: Step, times: tuple[datetime, datetime]) -> None:
        """Record a committed turn: what was asked, what was said, what came of it."""
        turn = TurnRecord(
            turn_id=turn_id,
            message=asked.message,
            question_id=asked.question_id,
            question_text=asked.question_text,
            difficulty=asked.difficulty,
            reply=said.text,
            act=said.act,
            analysis=step.analysis,
            decision=step.decision,
            thoughts=step.thoughts,
            degraded=step.degraded,
            next_message=step.message,
            next_question_id=step.question_id,
            next_question_text=step.question_text,
            next_difficulty=step.difficulty,
            profile=step.profile,
            asked_at=times[0],
            replied_at=times[1],
            committed_at=self.clock(),
            state=step.state,
        )
        self._append(TurnCommitted(cell_key=self._attempt.cell_key, attempt=self._attempt.number, turn=turn))

    async def ended(self, subject: Subject, last: Step, reason: EndReason) -> InterviewEnded:
        """Ask for the feedback, record the end and return it."""
        return self._end(subject, last, reason, await subject.finish())

    def ended_without(self, subject: Subject, last: Step, reason: EndReason) -> InterviewEnded:
        """Record the end of an interview whose feedback could not be had, and return it."""
        return self._end(subject, last, reason, None)

    def _end(
        self, subject: Subject, last: Step, reason: EndReason, feedback: InterviewFeedback | None
    ) -> InterviewEnded:
        event = InterviewEnded(
            cell_key=self._attempt.cell_key,
            attempt=self._attempt.number,
            at=self.clock(),
            ended_by=reason,
            blame=last.blame,
            last_message=last.message,
            feedback=feedback,
            no_feedback_reason=None if feedback else _why_none(subject),
        )
        self._append(event)
        return event

    def abandoned(self, reason: str) -> None:
        """Record that this attempt was given up; the cell runs again on resume."""
        self._append(
            InterviewAbandoned(
                cell_key=self._attempt.cell_key,
                attempt=self._attempt.number,
                at=self.clock(),
                reason=reason,
            )
        )


def _tries(failure: ModelError | None) -> tuple[Try, ...]:
    return tuple(t for t in getattr(failure, "tries", ()) if isinstance(t, Try))


def _why_none(subject: Subject) -> str:
    return getattr(subject, "no_feedback_reason", None) or "the interviewer writes no feedback"


async def conduct(subject: Subject, candidate: Candidate, brief: Brief, recorder: Recorder) -> InterviewEnded:
    """Run one interview, whose start is recorded, to its end and return its last event.

    Raises:
        TransportError: a model could not be reached; the attempt is for the caller to give up.
        SubjectError: the subject went on after its turn limit.
    """
    step = await subject.start(brief)
    turn_id = 0
    while step.ended is None:
        turn_id += 1
        if turn_id > brief.max_turns:
            raise SubjectError(f"the interviewer went on after {brief.max_turns} replies, its limit")
        asked, asked_at = step, recorder.clock()
        said = await candidate.reply(asked.message)
        replied_at = recorder.clock()
        step = await subject.reply(said.text)
        recorder.turn(turn_id, asked, said, step, (asked_at, replied_at))
        # A model that answers without waiting must not keep the loop from signals and other cells.
        await asyncio.sleep(0)
    return await recorder.ended(subject, step, step.ended)
