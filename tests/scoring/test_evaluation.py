"""Labelled replies: duels, misses, F1, and what is left unscored."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from coach.domain.analysis import ObserverAnalysis
from coach.domain.vocabulary import AnswerKind, Language
from coach.scoring.evaluation import EvaluationLine, evaluate_lines
from coach.scoring.model import Measure

K = AnswerKind


def line(number: int, label: str | None, pair: str | None = "p", language: Language = Language.EN) -> EvaluationLine:
    return EvaluationLine(id=str(number), language=language, answer="a", label=label, pair=pair)


def found(lines: list[EvaluationLine], seen: list[AnswerKind | None], name: str, **where: str) -> Measure:
    scores = evaluate_lines(lines, [ObserverAnalysis(kind=k) if k else None for k in seen])
    (measure,) = [m for m in scores.measures if m.name == name and m.slice == where]
    return measure


THREE = [line(1, "excellent"), line(2, "incomplete"), line(3, "hallucination")]


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        ([K.EXCELLENT, K.NORMAL, K.HALLUCINATION], 1.0),
        ([K.NORMAL, K.NORMAL, K.HALLUCINATION], 2.5 / 3),
        ([K.NORMAL, K.HALLUCINATION, K.NORMAL], 0.5),
        ([K.HALLUCINATION, K.NORMAL, K.EXCELLENT], 0.0),
        ([K.UNVERIFIED, K.UNVERIFIED, K.UNVERIFIED], 0.5),
        ([None, None, None], 0.0),
    ],
)
def test_every_duel_of_a_group_counts_by_itself(seen: list[AnswerKind | None], value: float) -> None:
    duels = found(THREE, seen, "evaluate.pairwise")
    assert duels.n == 3
    assert duels.value == pytest.approx(value)


def test_replies_in_two_languages_are_not_compared() -> None:
    lines = [line(1, "excellent"), line(2, "hallucination", language=Language.RU)]
    assert found(lines, [K.NORMAL, K.NORMAL], "evaluate.pairwise").value is None


KINDS = (K.EXCELLENT, K.INCOMPLETE, K.HALLUCINATION)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)), min_size=1, max_size=60))
def test_f1_agrees_with_scikit_learn(pairs: list[tuple[AnswerKind, AnswerKind]]) -> None:
    lines = [line(i, true.value, pair=None) for i, (true, _) in enumerate(pairs)]
    seen = [s for _, s in pairs]
    for kind in {k for pair in pairs for k in pair}:
        measure = found(lines, list(seen), f"evaluate.{kind.value}.f1")
        expected = f1_score([t is kind for t, _ in pairs], [s is kind for s in seen])
        assert measure.value == pytest.approx(expected)
        assert (measure.low is None) == (measure.method is None)
        if len(pairs) < 20:
            assert measure.low is None
            assert "20 clusters" in (measure.note or "")


def test_no_analysis_is_a_miss_and_no_false_alarm() -> None:
    lines = [line(1, "excellent"), line(2, "excellent")]
    assert found(lines, [None, K.EXCELLENT], "evaluate.excellent.recall").value == 0.5
    assert found(lines, [None, K.EXCELLENT], "evaluate.excellent.precision").value == 1.0
    assert found(lines, [None, K.EXCELLENT], "evaluate.right_or_wrong.coverage").value == 0.5


def test_balanced_accuracy_takes_unverified_as_one_half_and_no_analysis_as_none() -> None:
    lines = [line(1, "excellent", None), line(2, "excellent", None), line(3, "hallucination", None)]
    seen: list[AnswerKind | None] = [K.UNVERIFIED, None, K.HALLUCINATION]
    assert found(lines, seen, "evaluate.right_or_wrong.all").value == pytest.approx((0.25 + 1) / 2)
    assert found(lines, seen, "evaluate.right_or_wrong.decided").value is None


def test_a_lookalike_is_scored_by_its_flag_alone() -> None:
    lines = [line(1, "benign_lookalike", None), line(2, "prompt_injection", None)]
    analyses = [ObserverAnalysis(kind=K.NORMAL, injection=True), ObserverAnalysis(kind=K.NORMAL, injection=True)]
    measures = {m.name: m for m in evaluate_lines(lines, analyses).measures if not m.slice}
    assert measures["evaluate.injection_flag.false_alarms"].value == 1.0
    assert measures["evaluate.injection_flag.recall"].value == 1.0
    assert measures["evaluate.accuracy"].n == 1


def test_an_acceptable_kind_counts_in_the_lenient_figures_alone() -> None:
    lines = [
        EvaluationLine(id="1", language=Language.EN, answer="a", label="excellent", acceptable=("normal",)),
        EvaluationLine(id="2", language=Language.EN, answer="a", label="excellent"),
        EvaluationLine(id="3", language=Language.EN, answer="a", label="normal"),
    ]
    seen: list[AnswerKind | None] = [K.NORMAL, K.NORMAL, K.NORMAL]
    values = {m.name: m.value for m in evaluate_lines(lines, [ObserverAnalysis(kind=k) for k in seen if k]).measures}
    assert values["evaluate.accuracy"] == pytest.approx(1 / 3)
    assert values["evaluate.accuracy_lenient"] == pytest.approx(2 / 3)
    assert values["evaluate.excellent.recall"] == 0
    assert values["evaluate.excellent.recall_lenient"] == 0.5
    assert values["evaluate.normal.precision"] == pytest.approx(1 / 3)
    assert values["evaluate.normal.precision_lenient"] == pytest.approx(2 / 3)


def test_what_must_not_be_seen_needs_no_label() -> None:
    lines = [
        EvaluationLine(id="1", language=Language.EN, answer="a", must_not=("hallucination",)),
        EvaluationLine(id="2", language=Language.EN, answer="a", label="normal", must_not=("hallucination",)),
        EvaluationLine(id="3", language=Language.EN, answer="a", label="normal"),
        EvaluationLine(id="4", language=Language.EN, answer="a"),
    ]
    seen: list[AnswerKind | None] = [K.HALLUCINATION, None, K.HALLUCINATION, K.NORMAL]
    must_not = found(lines, seen, "evaluate.must_not")
    assert (must_not.value, must_not.n) == (0.5, 2)
    assert found(lines, seen, "evaluate.accuracy").n == 2
    assert evaluate_lines(lines, [None] * 4).unlabelled == 1


def test_a_line_without_any_answer_is_left_out_and_one_without_an_analysis_is_a_miss() -> None:
    lines = [line(i, "normal", None) for i in range(4)]
    analyses = [ObserverAnalysis(kind=K.NORMAL), None, None, None]
    scores = evaluate_lines(lines, analyses, misses={1: "malformed", 2: "cut"}, unanswered={3: "expired"})
    (accuracy,) = [m for m in scores.measures if m.name == "evaluate.accuracy" and not m.slice]
    assert (accuracy.value, accuracy.n) == (pytest.approx(1 / 3), 3)
    assert sum(map(sum, scores.confusion.counts)) == 3
    assert (scores.lines, scores.misses, scores.unanswered) == (4, {"cut": 1, "malformed": 1}, {"expired": 1})


def test_the_gap_between_the_languages() -> None:
    lines = [line(i, "normal", None, (Language.RU, Language.EN)[i % 2]) for i in range(40)]
    seen: list[AnswerKind | None] = [K.NORMAL if i % 2 or i < 20 else K.INCOMPLETE for i in range(40)]
    gap = found(lines, seen, "evaluate.gap_ru_en")
    assert gap.value == -0.5
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < -0.5 < gap.high < 0
    assert found(lines[1::2], seen[1::2], "evaluate.gap_ru_en").reason == "not both languages here"
    few = found(lines[:10], seen[:10], "evaluate.gap_ru_en")
    assert (few.value, few.low, few.note) == (0, None, "under 20 clusters")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from((*KINDS, K.PROMPT_INJECTION, None)),
            st.sampled_from((*KINDS, K.UNVERIFIED, None)),
            st.sampled_from(("p", "q", None)),
            st.sampled_from(Language),
        ),
        max_size=50,
    )
)
def test_every_figure_has_an_interval_or_says_why_not(
    drawn: list[tuple[AnswerKind | None, AnswerKind | None, str | None, Language]],
) -> None:
    lines = [line(i, t.value if t else None, pair, language) for i, (t, _, pair, language) in enumerate(drawn)]
    scores = evaluate_lines(lines, [ObserverAnalysis(kind=s) if s else None for _, s, _, _ in drawn])
    for measure in scores.measures:
        if measure.value is None:
            assert measure.reason
        elif measure.low is None:
            assert measure.note
        else:
            assert measure.method
            assert measure.high is not None
            assert measure.low - 1e-9 <= measure.value <= measure.high + 1e-9
