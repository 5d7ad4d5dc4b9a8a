"""An Observer that is told the truth: what a perfect reading of every reply would come to with the same engine."""

from collections.abc import Callable

from coach.candidates import Candidate
from coach.domain.analysis import CandidateProfile, FactError, ObserverAnalysis
from coach.domain.tasks import ObserverTask
from coach.domain.truth import Truth, Utterance
from coach.domain.vocabulary import CONTENT_KINDS, AnswerKind, Answers, NextStep, Role
from coach.models.base import Model, Reply, Request, Usage

Reading = Callable[[Truth, ObserverTask], ObserverAnalysis]
"""How a reply is read whose truth is known."""
NAME = "oracle"
_QUOTE = 2000
_NOTHING = Usage(input=0, cached=0, output=0, reasoning=0)


class Told:
    """A candidate whose last act is told to whoever asks; the words stay the candidate's."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self.truth: Truth | None = None
        """Of the last reply; None before the first, and where a candidate has none."""

    async def reply(self, message: str) -> Utterance:
        """Return what the candidate says, and keep its truth."""
        said = await self._candidate.reply(message)
        self.truth = said.act.truth if said.act else None
        return said


class ToldModel:
    """Answers the Observer's task from the truth, every other from ``model``."""

    def __init__(self, model: Model, told: Told, reading: Reading) -> None:
        self.name = f"{model.name}, told the truth"
        self._model = model
        self._told = told
        self._reading = reading

    async def complete(self, request: Request) -> Reply:
        """Answer one request; where a reply's kind is not known the model reads it itself."""
        truth, task = self._told.truth, request.task
        if request.role is not Role.OBSERVER or not isinstance(task, ObserverTask) or truth is None:
            return await self._model.complete(request)
        if truth.kind is None:
            return await self._model.complete(request)
        text = self._reading(truth, task).model_dump_json()
        return Reply(text=text, usage=_NOTHING, cost=0.0, cost_source="offline", model=NAME)

    async def close(self) -> None:
        """Leave the model to its owner."""


def true_reading(truth: Truth, task: ObserverTask) -> ObserverAnalysis:
    """Return the analysis that says exactly what is true. ValueError where the kind is not known."""
    if truth.kind is None:
        raise ValueError("the kind of this reply is not known")
    right = truth.kind in CONTENT_KINDS and not truth.errors
    claim = task.reply[:_QUOTE]
    # The reference stands in for the right fact: which one is false is known, its wording in the bank is not shown.
    right_fact = task.question.reference[:_QUOTE] if task.question else ""
    return ObserverAnalysis(
        kind=truth.kind,
        quality=truth.quality,
        factually_correct=False if truth.errors else True if right else None,
        errors=(FactError(claim=claim, correction=right_fact),) if truth.errors else (),
        answers=truth.answers,
        hedged=truth.hedged,
        asks=truth.asks,
        injection=truth.injection,
        contradicts=truth.contradicts,
        next_step=_next(truth, task),
        reason="told",
        topics=(task.question.topic,) if task.question and truth.answers is not Answers.NO else (),
        candidate=truth.profile or CandidateProfile(),
    )


def _next(truth: Truth, task: ObserverTask) -> NextStep:
    follow_up = task.question is not None and task.question.parent_id is not None
    if truth.answers is Answers.PARTLY:
        return NextStep.ASK_NEW_QUESTION if follow_up else NextStep.ASK_FOLLOWUP
    if truth.answers is Answers.YES or truth.kind is AnswerKind.DONT_KNOW or task.question is None:
        return NextStep.ASK_NEW_QUESTION
    return NextStep.REPEAT_LAST_QUESTION
