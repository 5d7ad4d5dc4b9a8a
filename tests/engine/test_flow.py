"""The state machine: ENGINE.md's table and invariants, by example and by property."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.analysis import CandidateProfile, FactError, ObserverAnalysis
from coach.domain.decision import ClosedBy, Decision, Move
from coach.domain.vocabulary import (
    AnswerKind,
    Answers,
    Asks,
    Difficulty,
    EndReason,
    Language,
    NextStep,
    Quality,
)
from coach.engine.consistency import consistent
from coach.engine.flow import MAX_FAILURES, MAX_PROFILE_ASKS, Rules, decide
from coach.engine.state import State
from tests.factories import bank, scenario

K, Q = AnswerKind, Quality
PROFILE = CandidateProfile(position="developer", technologies=("python",))
ERROR = FactError(claim="it makes gold", correction="it makes silver")


def rules(**changes: object) -> Rules:
    the_bank = bank(per_level=4)
    limits = {"max_turns": changes.pop("max_turns", 50), "seed": 1}
    return Rules.of(scenario(**changes), the_bank, the_bank.for_engine(Language.EN), **limits)


def started(the_rules: Rules, **changes: object) -> State:
    state = State(difficulty=Difficulty.BASIC, profile=PROFILE)
    _, state = decide(state, ObserverAnalysis(kind=K.INTRODUCTION), the_rules)
    return state.model_copy(update=changes)


def after(state: State, the_rules: Rules, **fields: object) -> tuple[Decision, State]:
    analysis, overrides = consistent(ObserverAnalysis.model_validate(fields), state.active is not None)
    return decide(state, analysis, the_rules, overrides)


EXCELLENT = {
    "kind": K.EXCELLENT,
    "quality": Q.EXCELLENT,
    "answers": Answers.YES,
    "next_step": NextStep.ASK_NEW_QUESTION,
}
WRONG = {
    "kind": K.HALLUCINATION,
    "quality": Q.WRONG,
    "answers": Answers.YES,
    "errors": (ERROR,),
    "next_step": NextStep.ASK_NEW_QUESTION,
}
DONT_KNOW = {"kind": K.DONT_KNOW, "quality": Q.POOR, "next_step": NextStep.ASK_NEW_QUESTION}
INCOMPLETE = {
    "kind": K.INCOMPLETE,
    "quality": Q.ACCEPTABLE,
    "answers": Answers.PARTLY,
    "next_step": NextStep.ASK_FOLLOWUP,
}


@pytest.mark.parametrize(
    ("reply", "move", "quality"),
    [
        (EXCELLENT, Move.ASK_NEW_QUESTION, Q.EXCELLENT),
        ({**EXCELLENT, "kind": K.NORMAL, "quality": Q.GOOD, "hedged": True}, Move.ASK_NEW_QUESTION, Q.GOOD),
        ({**EXCELLENT, "kind": K.NORMAL, "quality": Q.ACCEPTABLE}, Move.ASK_NEW_QUESTION, Q.ACCEPTABLE),
        (WRONG, Move.ASK_NEW_QUESTION, Q.WRONG),
        ({**WRONG, "quality": Q.ACCEPTABLE}, Move.ASK_NEW_QUESTION, Q.ACCEPTABLE),
        (
            {**INCOMPLETE, "quality": Q.WRONG, "hedged": True, "errors": (ERROR,)},
            Move.ASK_NEW_QUESTION,
            Q.WRONG,
        ),
        (DONT_KNOW, Move.ASK_NEW_QUESTION, Q.POOR),
        ({"kind": K.UNVERIFIED, "answers": Answers.YES}, Move.ASK_NEW_QUESTION, None),
        ({**EXCELLENT, "injection": True}, Move.ASK_NEW_QUESTION, Q.EXCELLENT),
    ],
)
def test_these_replies_close_the_question(reply: dict, move: Move, quality: Quality | None) -> None:
    the_rules = rules()
    state = started(the_rules)
    decision, new = after(state, the_rules, **reply)
    assert decision.move is move
    assert [(c.question_id, c.quality) for c in decision.closed] == [(state.active.question.id, quality)]
    assert new.active.question.id != state.active.question.id
    assert new.active.text == new.active.question.text


@pytest.mark.parametrize(
    "reply",
    [
        {**WRONG, "quality": None, "answers": Answers.NO},
        {**WRONG, "quality": None, "answers": Answers.NO, "asks": Asks.CLARIFICATION},
        {"kind": K.QUESTION, "asks": Asks.CLARIFICATION},
        {"kind": K.QUESTION, "asks": Asks.SOLUTION},
        {"kind": K.PROMPT_INJECTION, "injection": True},
        {"kind": K.OFF_TOPIC},
        {"kind": K.GIBBERISH},
        {"kind": K.INTRODUCTION},
        {
            "kind": K.OFF_TOPIC,
            "answers": Answers.YES,
            "quality": Q.EXCELLENT,
            "next_step": NextStep.ASK_NEW_QUESTION,
        },
    ],
)
def test_these_replies_leave_the_anchor_where_it_is(reply: dict) -> None:
    the_rules = rules()
    state = started(the_rules)
    decision, new = after(state, the_rules, **reply)
    assert decision.move is Move.REPEAT_QUESTION
    assert decision.closed == ()
    assert new.active.text == state.active.text
    assert new.active.question == state.active.question
    assert new.difficulty is state.difficulty


def test_the_session_overrides_an_observer_that_would_drop_the_anchor() -> None:
    the_rules = rules()
    decision, _ = after(started(the_rules), the_rules, kind=K.OFF_TOPIC, next_step=NextStep.ASK_NEW_QUESTION)
    assert decision.move is Move.REPEAT_QUESTION
    assert [(o.recommended, o.decided) for o in decision.overrides] == [("ASK_NEW_QUESTION", "REPEAT_LAST_QUESTION")]


def test_an_incomplete_answer_gets_one_follow_up_which_closes_its_parent() -> None:
    the_rules = rules()
    state = started(the_rules)
    root = state.active.question.id
    decision, followed = after(state, the_rules, **INCOMPLETE)
    assert decision.move is Move.ASK_FOLLOWUP
    assert decision.closed == ()
    assert followed.active.question.parent_id == root
    assert followed.active.question.id.startswith(f"{root}#")
    decision, again = after(followed, the_rules, **INCOMPLETE)
    assert decision.move is Move.ASK_NEW_QUESTION
    assert [c.question_id for c in decision.closed] == [followed.active.question.id, root]
    assert {c.quality for c in decision.closed} == {Q.ACCEPTABLE}
    assert again.active.question.parent_id is None


def test_a_follow_up_and_its_parent_move_the_difficulty_once() -> None:
    the_rules = rules()
    _, followed = after(started(the_rules), the_rules, **INCOMPLETE)
    _, state = after(followed, the_rules, **EXCELLENT)
    assert (state.difficulty, state.good_streak) == (Difficulty.BASIC, 1)


def test_a_follow_up_asks_for_a_required_point_that_was_not_given() -> None:
    the_rules = rules()
    state = started(the_rules)
    root = state.active.question.id
    _, new = after(state.model_copy(update={"given": {root: ("turns",)}}), the_rules, **INCOMPLETE)
    assert new.active.question.id == f"{root}#input"
    everything = {root: ("turns", "input", "polish")}
    decision, _ = after(state.model_copy(update={"given": everything}), the_rules, **INCOMPLETE)
    assert decision.move is Move.ASK_NEW_QUESTION
    assert "nothing is left" in decision.overrides[0].rule


def test_two_good_answers_raise_and_two_bad_ones_lower_the_level() -> None:
    the_rules = rules()
    state = started(the_rules)
    levels = []
    for reply in (EXCELLENT, EXCELLENT, EXCELLENT, EXCELLENT, WRONG, DONT_KNOW, WRONG, WRONG):
        decision, state = after(state, the_rules, **reply)
        levels.append(decision.difficulty_after)
    names = [
        "BASIC",
        "INTERMEDIATE",
        "INTERMEDIATE",
        "ADVANCED",
        "ADVANCED",
        "INTERMEDIATE",
        "INTERMEDIATE",
        "BASIC",
    ]
    assert levels == names


def test_acceptable_resets_both_streaks() -> None:
    the_rules = rules()
    _, state = after(started(the_rules), the_rules, **EXCELLENT)
    _, state = after(state, the_rules, **{**EXCELLENT, "kind": K.NORMAL, "quality": Q.ACCEPTABLE})
    assert (state.good_streak, state.bad_streak) == (0, 0)
    decision, _ = after(state, the_rules, **EXCELLENT)
    assert decision.difficulty_after is Difficulty.BASIC


def test_unverified_leaves_streaks_alone() -> None:
    the_rules = rules()
    _, state = after(started(the_rules), the_rules, **EXCELLENT)
    _, state = after(state, the_rules, kind=K.UNVERIFIED, answers=Answers.YES)
    assert state.good_streak == 1


def test_a_stop_ends_it_and_an_answer_before_it_counts() -> None:
    the_rules = rules()
    state = started(the_rules)
    decision, new = after(state, the_rules, kind=K.STOP_COMMAND)
    assert (decision.move, decision.end, new.ended) == (Move.FINISH, EndReason.STOP, EndReason.STOP)
    assert [c.by for c in decision.closed] == [ClosedBy.END]
    decision, _ = after(state, the_rules, kind=K.STOP_COMMAND, answers=Answers.YES, quality=Q.GOOD)
    assert [(c.by, c.quality) for c in decision.closed] == [(ClosedBy.ANSWER, Q.GOOD)]


def test_missing_profile_fields_are_asked_for_twice_at_most() -> None:
    the_rules = rules()
    state = State(difficulty=Difficulty.BASIC)
    moves, missing = [], []
    for _ in range(MAX_PROFILE_ASKS + 1):
        decision, state = after(state, the_rules, kind=K.OFF_TOPIC)
        moves.append(decision.move)
        missing.append(decision.missing)
    assert moves == [Move.ASK_PROFILE, Move.ASK_PROFILE, Move.ASK_NEW_QUESTION]
    assert missing[0] == ("position", "technologies")
    assert "outside_stack" in decision.notes


def test_only_what_is_missing_is_asked_for() -> None:
    state = State(difficulty=Difficulty.BASIC, profile=CandidateProfile(position="developer"))
    decision, _ = after(state, rules(), kind=K.INTRODUCTION)
    assert decision.missing == ("technologies",)


def test_questions_are_about_what_the_candidate_named() -> None:
    the_bank = bank(per_level=4, technologies=("python", "redis"))
    the_rules = Rules.of(scenario(stack=["redis"]), the_bank, the_bank.for_engine(Language.EN), max_turns=50, seed=3)
    state = State(difficulty=Difficulty.BASIC, profile=CandidateProfile(position="d", technologies=("Питон",)))
    _, state = after(state, the_rules, kind=K.INTRODUCTION)
    for _ in range(5):
        assert "python" in state.active.question.technologies
        _, state = after(state, the_rules, **DONT_KNOW)
    stranger = State(difficulty=Difficulty.BASIC, profile=CandidateProfile(position="d", technologies=("Cobol",)))
    decision, state = after(stranger, the_rules, kind=K.INTRODUCTION)
    assert "redis" in state.active.question.technologies
    assert "outside_stack" in decision.notes
    decision, _ = after(state, the_rules, **DONT_KNOW)
    assert "outside_stack" not in decision.notes


def test_a_question_whose_required_points_were_given_is_not_asked() -> None:
    the_rules = rules()
    given = {q.id: ("turns", "input") for q in the_rules.questions if q.difficulty is Difficulty.BASIC}
    last = next(iter(given))
    del given[last]
    state = State(difficulty=Difficulty.BASIC, profile=PROFILE, given=given)
    _, state = after(state, the_rules, kind=K.INTRODUCTION)
    assert state.active.question.id == last
    decision, state = after(state, the_rules, **DONT_KNOW)
    assert state.active.question.difficulty is Difficulty.INTERMEDIATE
    assert "level_exhausted" in decision.notes


def test_a_used_up_bank_ends_the_interview() -> None:
    the_rules = rules()
    state = started(the_rules)
    asked = []
    while state.ended is None:
        asked.append(state.active.question.id)
        _, state = after(state, the_rules, **{**EXCELLENT, "kind": K.NORMAL, "quality": Q.ACCEPTABLE})
    assert state.ended is EndReason.BANK_USED_UP
    assert sorted(asked) == sorted(q.id for q in the_rules.questions)


def test_the_turn_limit_counts_replies_with_the_introduction() -> None:
    the_rules = rules(max_turns=3)
    state = started(the_rules)
    _, state = after(state, the_rules, **EXCELLENT)
    decision, state = after(state, the_rules, kind=K.OFF_TOPIC)
    assert (state.turn_id, decision.end) == (3, EndReason.TURN_LIMIT)


def test_one_failed_analysis_repeats_the_question_and_two_running_end_it() -> None:
    the_rules = rules()
    state = started(the_rules)
    decision, failed = decide(state, None, the_rules)
    assert decision.move is Move.REPEAT_QUESTION
    assert failed.active.text == state.active.text
    _, recovered = after(failed, the_rules, kind=K.OFF_TOPIC)
    assert recovered.failures == 0
    decision, failed = decide(failed, None, the_rules)
    assert decision.end is EndReason.ANALYSIS_FAILED
    assert failed.failures == MAX_FAILURES


def test_a_repeat_limit_closes_as_a_gap_and_does_not_move_the_level() -> None:
    the_rules = rules(repeat_limit=1)
    state = started(the_rules, bad_streak=1)
    _, state = after(state, the_rules, kind=K.OFF_TOPIC)
    decision, state = after(state, the_rules, kind=K.OFF_TOPIC)
    assert decision.move is Move.ASK_NEW_QUESTION
    assert [(c.by, c.quality) for c in decision.closed] == [(ClosedBy.REPEAT_LIMIT, Q.POOR)]
    assert state.bad_streak == 1


def test_corrections_follow_every_error() -> None:
    the_rules = rules()
    decision, _ = after(started(the_rules), the_rules, **WRONG)
    assert decision.corrections == (ERROR,)


analyses = st.builds(
    ObserverAnalysis,
    kind=st.sampled_from(AnswerKind),
    quality=st.none() | st.sampled_from(Quality),
    answers=st.sampled_from(Answers),
    asks=st.sampled_from(Asks),
    injection=st.booleans(),
    hedged=st.booleans(),
    next_step=st.sampled_from(NextStep),
    errors=st.sampled_from([(), (ERROR,)]),
    candidate=st.builds(CandidateProfile, technologies=st.sampled_from([(), ("python",), ("cobol",)])),
)
closing = frozenset({K.EXCELLENT, K.NORMAL, K.INCOMPLETE, K.DONT_KNOW, K.HALLUCINATION, K.UNVERIFIED, K.STOP_COMMAND})


@settings(max_examples=300, deadline=None)
@given(st.lists(st.none() | analyses, max_size=40))
def test_whatever_the_observer_says_the_invariants_hold(replies: list[ObserverAnalysis | None]) -> None:
    the_rules = rules(max_turns=30)
    state = State(difficulty=Difficulty.BASIC)
    asked: list[str] = []
    for raw in replies:
        if state.ended is not None:
            break
        before = state
        analysis, overrides = (None, ()) if raw is None else consistent(raw, before.active is not None)
        merged = before
        if analysis is not None:
            merged = before.model_copy(update={"profile": before.profile.merged(analysis.candidate)})
        decision, state = decide(merged, analysis, the_rules, overrides)
        assert state.turn_id == before.turn_id + 1 <= 30
        # One active question while it goes on, none after the end.
        assert (state.active is None) == (state.ended is not None or not state.asked)
        assert decision.question_id == (state.active.question.id if state.active else None)
        # The anchor moves only where the reply may close it.
        if before.active and state.active and before.active.question.id != state.active.question.id:
            assert analysis is not None
            assert analysis.kind in closing
        if before.active and state.active and before.active.question.id == state.active.question.id:
            assert state.active.text == before.active.text
        # No question is asked anew.
        if decision.move is Move.ASK_NEW_QUESTION:
            assert state.active.question.id not in asked
            asked.append(state.active.question.id)
        # The level moves one step at most, and only when the candidate closed something.
        moved = abs(decision.difficulty_after.rank - decision.difficulty_before.rank)
        assert moved <= 1
        if moved:
            assert any(c.by_candidate for c in decision.closed)
        # What is closed was active, and closes once.
        ids = [c.question_id for c in state.closed]
        assert len(ids) == len(set(ids))
        assert decide(merged, analysis, the_rules, overrides) == (decision, state)
        assert State.model_validate_json(state.model_dump_json()) == state
