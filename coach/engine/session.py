"""Our interviewer: a Subject of three agents, whose every turn is committed whole or not at all."""

from collections.abc import Callable

from coach.content.bank import Bank
from coach.content.scenario import Scenario
from coach.domain.analysis import ObserverAnalysis
from coach.domain.decision import ClosedBy, Decision, Move, Override
from coach.domain.feedback import InterviewFeedback
from coach.domain.question import Question
from coach.domain.subject import Brief, Step, Thought
from coach.domain.tasks import (
    EarlierTurn,
    EvaluatedTurn,
    EvaluatorTask,
    InterviewerReply,
    InterviewerTask,
    ObserverTask,
    QuestionTask,
)
from coach.domain.vocabulary import (
    CONTENT_KINDS,
    Blame,
    EndReason,
    Rubric,
)
from coach.engine.consistency import consistent
from coach.engine.flow import Rules, decide
from coach.engine.grounding import grounded, is_gap
from coach.engine.guards import broken_guards, shown_secrets
from coach.engine.state import Active, State
from coach.engine.thoughts import observer_thought
from coach.engine.writing import blanks, write
from coach.errors import MalformedAnswer, SubjectError
from coach.models.base import Message
from coach.models.calling import Caller
from coach.text import messages
from coach.text.keypoints import covered_of

_RECENT = 3
_SHORT = 200
_BLAME = {
    EndReason.ANALYSIS_FAILED: Blame.ENGINE,
    EndReason.QUESTION_FAILED: Blame.ENGINE,
    EndReason.TURN_LIMIT: Blame.LIMIT,
}


class InterviewSession:
    """One interview. A failed ``reply`` (TransportError) leaves it as it was: call it again."""

    def __init__(
        self,
        scenario: Scenario,
        bank: Bank,
        caller: Caller,
        *,
        nonce: Callable[[str], str],
        rubric: Rubric = Rubric.REFERENCE,
    ) -> None:
        """Take what the interview is about; ``nonce`` makes a mark for a purpose (``"3|observer"``)."""
        self._scenario = scenario
        self._bank = bank
        self._caller = caller
        self._nonce = nonce
        self._rubric = rubric
        self._brief: Brief | None = None
        self._rules: Rules | None = None
        self._state = State(difficulty=scenario.start_difficulty)
        self._history: list[EvaluatedTurn] = []
        self._message = ""
        self.no_feedback_reason: str | None = None
        """Why ``finish`` returned None."""
        self.grounding: tuple[str, ...] = ()
        """What was changed in the Evaluator's feedback so that it stands on the interview."""

    async def start(self, brief: Brief) -> Step:
        """Return the greeting, which asks for the introduction."""
        self._brief = brief
        self._rules = Rules.of(
            self._scenario,
            self._bank,
            blanks(self._scenario, brief.language, brief.max_turns)
            if self._scenario.generated
            else self._bank.for_engine(brief.language),
            max_turns=brief.max_turns,
            seed=brief.seed,
        )
        self._message = messages.greeting(brief.language, self._scenario.position.in_(brief.language))
        return self._step(self._message)

    async def reply(self, text: str) -> Step:
        """Take one reply and return what is said next.

        Raises:
            TransportError: the model could not be reached; nothing has changed.
            SubjectError: not started, or already ended.
        """
        _, rules = self._started()
        if self._state.ended is not None:
            raise SubjectError("the interview has ended; start a new one")
        before = self._state
        turn_id = before.turn_id + 1
        degraded: list[str] = []
        analysis, overrides, problem = await self._observe(text, turn_id)
        if analysis is None:
            degraded.append("analysis")
        decision, after = decide(self._with(analysis, text, rules), analysis, rules, overrides)
        decision, after = await self._written(decision, after, turn_id)
        message, said = await self._word(decision, after, analysis, text, turn_id)
        if not said.sound:
            degraded.append("message")
        thoughts = (
            observer_thought(analysis, decision, problem),
            Thought(sender="Interviewer", recipient="Interviewer", content=said.thoughts or str(decision.move)),
        )
        # Nothing has been changed until here: a fault above leaves the session as it was.
        self._history.append(self._evaluated(before, analysis, decision, text, turn_id))
        self._state = _remembered(after, turn_id, text, analysis)
        self._message = message
        return self._step(message, analysis, decision, thoughts, tuple(degraded))

    async def finish(self) -> InterviewFeedback | None:
        """Return the grounded feedback, or None (see ``no_feedback_reason``)."""
        brief, _ = self._started()
        if not self._history:
            self.no_feedback_reason = "the candidate left before the first reply"
            return None
        task = EvaluatorTask(
            language=brief.language,
            nonce=self._nonce("evaluator"),
            position=self._scenario.position.in_(brief.language),
            required_grade=self._scenario.required_grade,
            profile=self._state.profile,
            turns=tuple(self._history),
            final_difficulty=self._state.difficulty,
        )
        try:
            feedback = await self._feedback(task)
        except MalformedAnswer as error:
            self.no_feedback_reason = f"the Evaluator's answer could not be used: {error}"
            return None
        feedback, self.grounding = grounded(feedback, self._history)
        return feedback

    async def _feedback(self, task: EvaluatorTask) -> InterviewFeedback:
        """Return the Evaluator's feedback; once more where it shows what no candidate may see.

        Raises:
            MalformedAnswer: not usable, or it shows it again.
        """
        extra: tuple[Message, ...] = ()
        for _ in range(2):
            feedback = await self._caller.ask(task, InterviewFeedback, self._state.turn_id, extra)
            text = feedback.model_dump_json()
            broken = shown_secrets(text, task.nonce)
            if not broken:
                return feedback
            extra = (
                Message(role="assistant", content=text),
                Message(role="user", content=f"The feedback breaks these rules: {', '.join(broken)}. Write it again."),
            )
        raise MalformedAnswer(f"the feedback shows internals ({', '.join(broken)})")

    def _started(self) -> tuple[Brief, Rules]:
        if self._brief is None or self._rules is None:
            raise SubjectError("the interview has not started; call start first")
        return self._brief, self._rules

    # The Observer

    async def _observe(self, text: str, turn_id: int) -> tuple[ObserverAnalysis | None, tuple[Override, ...], str]:
        brief, _ = self._started()
        state = self._state
        active = state.active
        earlier = (state.first, *(r for r in state.recent if r != state.first))
        task = ObserverTask(
            language=brief.language,
            nonce=self._nonce(f"{turn_id}|observer"),
            turn_id=turn_id,
            stage="questions" if active else "introduction",
            missing=state.missing(),
            profile=state.profile,
            question=_shown(active.question, self._rubric) if active else None,
            parent_text=active.parent_text if active else None,
            reply=text,
            earlier=tuple(e for e in earlier if e is not None),
        )
        try:
            analysis = await self._caller.ask(task, ObserverAnalysis, turn_id)
        except MalformedAnswer as error:
            return None, (), str(error)
        analysis, overrides = consistent(analysis, has_question=active is not None)
        return analysis, overrides, ""

    def _with(self, analysis: ObserverAnalysis | None, text: str, rules: Rules) -> State:
        """Return the state with what the reply says merged: profile and key points."""
        state = self._state
        if analysis is None:
            return state
        changes: dict[str, object] = {"profile": state.profile.merged(analysis.candidate)}
        if state.active is not None and analysis.kind in CONTENT_KINDS:
            changes["given"] = _given(state, text, rules)
        return state.model_copy(update=changes)

    # The Interviewer

    async def _written(self, decision: Decision, after: State, turn_id: int) -> tuple[Decision, State]:
        """Return the same with a text for a question that has none yet; the end where none could be written."""
        active = after.active
        if active is None or active.text:
            return decision, after
        brief, _ = self._started()
        task = QuestionTask(
            language=brief.language,
            nonce=self._nonce(f"{turn_id}|question"),
            turn_id=turn_id,
            position=self._scenario.position.in_(brief.language),
            technologies=after.profile.technologies or self._scenario.stack,
            level=active.question.difficulty,
            asked=after.asked_texts,
        )
        question = await write(self._caller, task, active.question)
        if question is None:
            reason = EndReason.QUESTION_FAILED
            ended = {"move": Move.FINISH, "question_id": None, "end": reason}
            return decision.model_copy(update=ended), after.model_copy(update={"active": None, "ended": reason})
        asked = (*after.asked_texts, question.text)
        changes = {"active": Active(question=question, text=question.text), "asked_texts": asked}
        return decision, after.model_copy(update=changes)

    async def _word(
        self,
        decision: Decision,
        after: State,
        analysis: ObserverAnalysis | None,
        text: str,
        turn_id: int,
    ) -> "tuple[str, _Said]":
        brief, _ = self._started()
        active = after.active
        task = InterviewerTask(
            language=brief.language,
            nonce=self._nonce(f"{turn_id}|interviewer"),
            turn_id=turn_id,
            decision=decision,
            reply=text,
            reply_kind=analysis.kind if analysis else None,
            reply_quality=analysis.quality if analysis else None,
            profile=after.profile,
            position=self._scenario.position.in_(brief.language),
            question_text=active.text if active else None,
            question_topic=active.question.topic if active else None,
            corrections=decision.corrections,
            asks=decision.asks,
            facts=self._scenario.facts.in_(brief.language),
        )
        if decision.end is not None:
            # The end is worded by the templates: no model is asked for a message that asks nothing.
            return _joined(messages.lead(task), messages.closing(brief.language, decision.end)), _Said("")
        said = await self._said(task, active, turn_id)
        return _joined(said.lead, active.text if active else None), said

    async def _said(self, task: InterviewerTask, active: Active | None, turn_id: int) -> "_Said":
        """Return the Interviewer's words; once more where they break a guard, then the template's."""
        extra: tuple[Message, ...] = ()
        for _ in range(2):
            try:
                answer = await self._caller.ask(task, InterviewerReply, turn_id, extra)
            except MalformedAnswer:
                break
            broken = broken_guards(
                answer.lead,
                move=task.decision.move,
                language=task.language,
                nonce=task.nonce,
                active=active.question if active else None,
                corrections=task.corrections,
            )
            if not broken:
                return _Said(answer.thoughts, answer.lead)
            extra = (
                Message(role="assistant", content=answer.model_dump_json()),
                Message(role="user", content=f"The lead breaks these rules: {', '.join(broken)}. Word it again."),
            )
        return _Said("worded by the template", messages.lead(task), sound=False)

    # The record

    def _evaluated(
        self,
        before: State,
        analysis: ObserverAnalysis | None,
        decision: Decision,
        text: str,
        turn_id: int,
    ) -> EvaluatedTurn:
        active = before.active
        turn = EvaluatedTurn(
            turn_id=turn_id,
            question_id=active.question.id if active else None,
            topic=active.question.topic if active else None,
            difficulty=active.question.difficulty if active else None,
            question=active.text if active else self._message,
            reply=text,
            kind=analysis.kind if analysis else None,
            quality=analysis.quality if analysis else None,
            closes=tuple(c.question_id for c in decision.closed if c.by is not ClosedBy.END),
            errors=analysis.errors if analysis else (),
            hedged=analysis.hedged if analysis else False,
            injection=analysis.injection if analysis else False,
            contradicts=analysis.contradicts if analysis else None,
        )
        repeated_out = any(c.by is ClosedBy.REPEAT_LIMIT for c in decision.closed)
        if active is not None and (is_gap(turn) or repeated_out):
            return turn.model_copy(update={"correct_answer": _right_answer(active.question)})
        return turn

    def _step(
        self,
        message: str,
        analysis: ObserverAnalysis | None = None,
        decision: Decision | None = None,
        thoughts: tuple[Thought, ...] = (),
        degraded: tuple[str, ...] = (),
    ) -> Step:
        state = self._state
        active = state.active
        return Step(
            message=message,
            analysis=analysis,
            decision=decision,
            question_id=active.question.id if active else None,
            question_text=active.text if active else None,
            difficulty=state.difficulty,
            profile=state.profile,
            thoughts=thoughts,
            degraded=degraded,
            ended=state.ended,
            blame=_BLAME.get(state.ended, Blame.NONE) if state.ended else Blame.NONE,
            state=state.model_dump(mode="json", exclude_defaults=True),
        )


class _Said:
    """What the Interviewer said, and whether it was sound."""

    def __init__(self, thoughts: str, lead: str = "", *, sound: bool = True) -> None:
        self.thoughts = thoughts
        self.lead = lead
        self.sound = sound


def _joined(lead: str, rest: str | None) -> str:
    return "\n\n".join(part for part in (lead.strip(), rest) if part)


def _shown(question: Question, rubric: Rubric) -> Question:
    """Return as much of the question as the Observer may be shown."""
    if rubric is Rubric.MISCONCEPTIONS:
        return question
    if rubric is Rubric.REFERENCE:
        return question.model_copy(update={"misconceptions": ()})
    return question.model_copy(update={"misconceptions": (), "key_points": (), "reference": ""})


def _right_answer(question: Question) -> str:
    return question.key_points[0].text if question.parent_id else question.reference


def _given(state: State, text: str, rules: Rules) -> dict[str, tuple[str, ...]]:
    """Return the key points given so far, with those of this reply: for every question still to come."""
    given = dict(state.given)
    current = state.active.root_id if state.active else None
    for question_id, points in covered_of(rules.questions, text).items():
        if question_id == current or question_id not in state.asked:
            given[question_id] = tuple(dict.fromkeys((*given.get(question_id, ()), *points)))
    return given


def _remembered(state: State, turn_id: int, text: str, analysis: ObserverAnalysis | None) -> State:
    short = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
    turn = EarlierTurn(turn_id=turn_id, reply=short, kind=analysis.kind if analysis else None)
    return state.model_copy(update={"first": state.first or turn, "recent": (*state.recent, turn)[-_RECENT:]})
