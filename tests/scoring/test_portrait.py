"""The portrait lists what is surely good or bad, and a turn that shows it."""

from coach.domain.truth import Truth
from coach.domain.vocabulary import AnswerKind, Answers, Language
from coach.records.interview import InterviewRecord
from coach.reporting.portrait import THEMES as TITLES
from coach.reporting.portrait import traits
from coach.scoring import Scores, score
from coach.scoring.model import Measure, Scalar
from coach.scoring.portrait import FEWEST, THEMES, portrait, rows_of
from coach.scoring.tables import build_tables
from tests.scoring.interviews import BANKS, interview, turn

K = AnswerKind
RIGHT = Truth(kind=K.NORMAL, answers=Answers.YES)
TALK = Truth(kind=K.OFF_TOPIC)
LIE = Truth(kind=K.HALLUCINATION, answers=Answers.YES, errors=True)
PERSONAS = tuple(f"p{i}" for i in range(40))


def records() -> list[InterviewRecord]:
    """Forty personas: right answers are always seen, talk is taken for a lie after the first turn."""
    return [
        interview(
            turn(RIGHT, K.NORMAL, number=1),
            turn(TALK, K.HALLUCINATION, number=2),
            turn(TALK, K.HALLUCINATION, number=3),
            name=f"i-{persona}",
            persona=persona,
            language=Language.EN,
        )
        for persona in PERSONAS
    ]


def liar() -> InterviewRecord:
    """One who lies, is not noticed, and is accused of another reply."""
    return interview(
        turn(LIE, K.NORMAL, number=1), turn(TALK, K.HALLUCINATION, number=2), name="a-liar", persona="liar"
    )


def scores(*more: InterviewRecord) -> Scores:
    return score([*more, *records()], banks=BANKS, run="r", seed=1, model="m")


def rows(of: Scores) -> dict[tuple[str, str, Scalar], dict[str, Scalar]]:
    return {(str(r["side"]), str(r["measure"]), r["which"]): r for r in rows_of(of.series)}


def test_what_is_surely_right_is_a_strength_and_what_is_surely_wrong_a_weakness_with_a_turn() -> None:
    found = rows(scores())
    assert ("strength", "detection.normal.recall", None) in found
    weak = found["weakness", "detection.off_topic.recall", None]
    assert (weak["interview"], weak["turn"]) == ("i-p0", 2)
    assert (weak["mostly"], weak["mostly_n"]) == ("hallucination", 80)


def test_the_example_of_a_false_accusation_is_an_honest_interview() -> None:
    accused = rows(scores(liar()))["weakness", "detection.honest_interviews_accused", None]
    assert (accused["interview"], accused["turn"]) == ("i-p0", 2)


def test_what_was_not_analysed_is_no_example_of_a_misreading() -> None:
    blind = [
        interview(turn(TALK, None, number=1), name=f"a{i}", persona=f"q{i}").model_copy(update={"engine": "another"})
        for i in range(30)
    ]
    weak = rows(scores(*blind))["weakness", "detection.off_topic.recall", None]
    assert (weak["interview"], weak["mostly"], weak["mostly_n"]) == ("i-p0", "hallucination", 80)


def made(value: float, low: float | None, high: float | None, n: int = FEWEST, name: str = "anchor.kept") -> Measure:
    return Measure(name=name, value=value, low=low, high=high, n=n, clusters=9, unit="share")


def test_what_an_interval_leaves_open_or_few_rows_bear_is_not_listed() -> None:
    turns = build_tables(records(), BANKS).turns
    undecided = (made(0.9, 0.7, 0.97), made(0.9, None, None), made(1.0, 0.9, 1.0, FEWEST - 1))
    for measure in undecided:
        assert portrait([measure], turns).rows == ()
    assert [r[0] for r in portrait([made(0.95, 0.85, 0.99)], turns).rows] == ["strength"]
    leaked = "anchor.solution_leaked"
    assert [r[0] for r in portrait([made(0.02, 0.0, 0.09, name=leaked)], turns).rows] == ["strength"]
    assert [r[0] for r in portrait([made(0.5, 0.2, 0.8, name=leaked)], turns).rows] == ["weakness"]


def test_a_persona_is_listed_only_where_it_stands_out() -> None:
    turns = build_tables(records(), BANKS).turns
    overall = made(0.5, 0.45, 0.55)
    worse, alike, better = (
        made(v, v - 0.1, v + 0.1).model_copy(update={"slice": {"persona": f"p{i}"}})
        for i, v in enumerate((0.2, 0.5, 0.65))
    )
    listed = {r["which"] for r in rows_of([portrait([overall, worse, alike, better], turns)])}
    assert listed == {None, "p0"}


def test_traits_stand_by_theme_the_clearest_first_and_have_words() -> None:
    assert set(TITLES) == set(THEMES)
    turns = build_tables(records(), BANKS).turns
    slight, clear = made(0.7, 0.6, 0.79), made(0.1, 0.05, 0.2, name="anchor.counter_question_answered")
    form = made(0.0, 0.0, 0.1, name="conformance.one_question")
    ordered = [r["measure"] for r in rows_of([portrait([form, slight, clear], turns)])]
    assert ordered == ["anchor.counter_question_answered", "anchor.kept", "conformance.one_question"]
    for side in traits(scores()).values():
        for trait in side:
            assert trait["title"]
            assert "{" not in trait["title"]
            assert trait["interval"]
