"""What comes next: a pure function of the state and the analysis of the last reply."""

from dataclasses import dataclass, field

from coach.content.bank import Bank
from coach.content.scenario import Scenario
from coach.domain.analysis import ObserverAnalysis
from coach.domain.decision import ClosedBy, Closure, Decision, Move, Override
from coach.domain.question import Question
from coach.domain.vocabulary import (
    AnswerKind,
    Answers,
    Asks,
    EndReason,
    NextStep,
    Quality,
)
from coach.engine.choosing import choose_question, missing_point
from coach.engine.policies import ANCHOR_POLICIES, DIFFICULTY_POLICIES, AnchorPolicy, DifficultyPolicy
from coach.engine.state import Active, State

MAX_PROFILE_ASKS = 2
MAX_FAILURES = 2
_STEP_OF = {
    Move.ASK_NEW_QUESTION: NextStep.ASK_NEW_QUESTION,
    Move.ASK_FOLLOWUP: NextStep.ASK_FOLLOWUP,
    Move.REPEAT_QUESTION: NextStep.REPEAT_LAST_QUESTION,
}


@dataclass(frozen=True, slots=True)
class Rules:
    """All that the flow depends on besides the state."""

    scenario: Scenario
    questions: tuple[Question, ...]
    bank: Bank
    max_turns: int
    seed: int
    anchor: AnchorPolicy
    difficulty: DifficultyPolicy

    @classmethod
    def of(
        cls, scenario: Scenario, bank: Bank, questions: tuple[Question, ...], *, max_turns: int, seed: int
    ) -> "Rules":
        """Return the rules of a scenario with the policies that it names."""
        return cls(
            scenario=scenario,
            questions=questions,
            bank=bank,
            max_turns=max_turns,
            seed=seed,
            anchor=ANCHOR_POLICIES[scenario.anchor],
            difficulty=DIFFICULTY_POLICIES[scenario.difficulty],
        )

    def scope(self, technologies: tuple[str, ...]) -> tuple[frozenset[str], bool]:
        """Return the technologies to ask about, and whether the candidate named none of the bank's."""
        named = self.bank.header.canonical(technologies)
        return (named, False) if named else (frozenset(self.scenario.stack), True)


@dataclass(slots=True)
class _Draft:
    """A decision and the next state in the making; never leaves this module."""

    state: State
    asks: Asks = Asks.NO
    closed: list[Closure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    missing: tuple[str, ...] = ()


def decide(
    state: State, analysis: ObserverAnalysis | None, rules: Rules, overrides: tuple[Override, ...] = ()
) -> tuple[Decision, State]:
    """Return the decision after one reply and the state that it leads to.

    ``state`` already has the reply's profile and key points merged (see ``session``); ``analysis`` None
    is a degraded turn. ``overrides`` are those made before.
    """
    turn = state.turn_id + 1
    draft = _Draft(state=state.model_copy(update={"turn_id": turn}), overrides=list(overrides))
    before = state.difficulty
    if analysis is None:
        move = _after_failure(draft)
    else:
        _update(draft, failures=0)
        draft.asks = analysis.asks
        if analysis.injection:
            draft.notes.append("injection_ignored")
        if analysis.contradicts is not None:
            draft.notes.append("contradiction")
        move = _after(draft, analysis, rules)
    if move is not Move.FINISH and turn >= rules.max_turns:
        move = _finish(draft, EndReason.TURN_LIMIT)
    if analysis is not None and state.active is not None:
        _note_override(draft, analysis, move)
    _close_all_at_end(draft, move)
    active = draft.state.active
    decision = Decision(
        move=move,
        question_id=active.question.id if active else None,
        closed=tuple(draft.closed),
        corrections=analysis.errors if analysis else (),
        asks=draft.asks,
        missing=draft.missing,
        difficulty_before=before,
        difficulty_after=draft.state.difficulty,
        notes=tuple(draft.notes),
        overrides=tuple(draft.overrides),
        end=draft.state.ended,
    )
    return decision, draft.state.model_copy(update={"closed": (*state.closed, *draft.closed)})


def _update(draft: _Draft, **changes: object) -> None:
    draft.state = draft.state.model_copy(update=changes)


def _finish(draft: _Draft, reason: EndReason) -> Move:
    _update(draft, ended=reason)
    return Move.FINISH


def _close_all_at_end(draft: _Draft, move: Move) -> None:
    active = draft.state.active
    if move is not Move.FINISH or active is None:
        return
    for question_id in _with_parent(active):
        draft.closed.append(Closure(question_id=question_id, quality=None, by=ClosedBy.END))
    _update(draft, active=None)


def _with_parent(active: Active) -> tuple[str, ...]:
    parent = active.question.parent_id
    return (active.question.id, parent) if parent else (active.question.id,)


def _after_failure(draft: _Draft) -> Move:
    failures = draft.state.failures + 1
    _update(draft, failures=failures)
    if failures >= MAX_FAILURES:
        return _finish(draft, EndReason.ANALYSIS_FAILED)
    if draft.state.active is None:
        draft.missing = draft.state.missing()
        return Move.ASK_PROFILE
    _repeat(draft)
    return Move.REPEAT_QUESTION


def _after(draft: _Draft, analysis: ObserverAnalysis, rules: Rules) -> Move:
    if draft.state.active is None:
        return _after_introduction(draft, analysis, rules)
    hold = rules.anchor.holds(analysis, draft.state.active.question.parent_id is not None)
    if analysis.kind is AnswerKind.STOP_COMMAND:
        if analysis.answers is not Answers.NO:
            _close(draft, ClosedBy.ANSWER, analysis.quality, rules)
        return _finish(draft, EndReason.STOP)
    if hold == "follow_up":
        return _follow_up(draft, analysis, rules)
    if hold == "close":
        gave_up = analysis.kind is AnswerKind.DONT_KNOW
        by = ClosedBy.GIVEN_UP if gave_up else ClosedBy.ANSWER
        _close(draft, by, Quality.POOR if gave_up else analysis.quality, rules)
        return _new_question(draft, rules)
    limit = rules.scenario.repeat_limit
    if limit is not None and draft.state.active.repeats >= limit:
        draft.notes.append("repeat_limit")
        _close(draft, ClosedBy.REPEAT_LIMIT, Quality.POOR, rules)
        return _new_question(draft, rules)
    _repeat(draft)
    return Move.REPEAT_QUESTION


def _after_introduction(draft: _Draft, analysis: ObserverAnalysis, rules: Rules) -> Move:
    if analysis.kind is AnswerKind.STOP_COMMAND:
        return _finish(draft, EndReason.STOP)
    missing = draft.state.missing()
    if missing and draft.state.profile_asks < MAX_PROFILE_ASKS:
        draft.missing = missing
        _update(draft, profile_asks=draft.state.profile_asks + 1)
        return Move.ASK_PROFILE
    _update(draft, introduced=True)
    return _new_question(draft, rules)


def _repeat(draft: _Draft) -> None:
    active = draft.state.active
    if active is not None:
        _update(draft, active=active.model_copy(update={"repeats": active.repeats + 1}))


def _close(draft: _Draft, by: ClosedBy, quality: Quality | None, rules: Rules) -> None:
    active = draft.state.active
    if active is None:
        return
    closures = [Closure(question_id=q, quality=quality, by=by) for q in _with_parent(active)]
    draft.closed.extend(closures)
    # A follow-up and its parent are one answered question: the difficulty moves once.
    moved = rules.difficulty.move(draft.state.difficulty, draft.state.good_streak, draft.state.bad_streak, closures[-1])
    _update(
        draft,
        active=None,
        difficulty=moved.level,
        good_streak=moved.good,
        bad_streak=moved.bad,
    )


def _follow_up(draft: _Draft, analysis: ObserverAnalysis, rules: Rules) -> Move:
    active = draft.state.active
    if active is None:
        return _new_question(draft, rules)
    point = missing_point(active.question, draft.state.given.get(active.question.id, ()))
    if point is None:
        draft.overrides.append(
            Override(
                recommended=str(analysis.next_step),
                decided=str(NextStep.ASK_NEW_QUESTION),
                rule="every key point was given: nothing is left to follow up on",
            )
        )
        _close(draft, ClosedBy.ANSWER, analysis.quality, rules)
        return _new_question(draft, rules)
    question = active.question.follow_up(point)
    _update(draft, active=Active(question=question, text=question.text, parent_text=active.text))
    return Move.ASK_FOLLOWUP


def _new_question(draft: _Draft, rules: Rules) -> Move:
    state = draft.state
    scope, outside = rules.scope(state.profile.technologies)
    choice = choose_question(
        rules.questions,
        level=state.difficulty,
        asked=state.asked,
        given=state.given,
        scope=scope,
        seed=rules.seed,
    )
    if choice.question is None:
        return _finish(draft, EndReason.BANK_USED_UP)
    draft.notes.extend(choice.notes)
    if outside and not state.told_outside_stack:
        draft.notes.append("outside_stack")
    _update(
        draft,
        told_outside_stack=outside,
        active=Active(question=choice.question, text=choice.question.text),
        asked=(*state.asked, choice.question.id),
    )
    return Move.ASK_NEW_QUESTION


def _note_override(draft: _Draft, analysis: ObserverAnalysis, move: Move) -> None:
    """Record where the session went another way than the Observer recommended."""
    step = _STEP_OF.get(move)
    if step is None or step is analysis.next_step:
        return
    if any(o.recommended == str(analysis.next_step) for o in draft.overrides):
        return
    draft.overrides.append(
        Override(
            recommended=str(analysis.next_step),
            decided=str(step),
            rule="the anchor closes only by an answer, by giving up, or at the end",
        )
    )
