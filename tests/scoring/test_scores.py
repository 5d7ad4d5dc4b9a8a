"""Scores of real interviews, and what must hold whatever the labels are."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.content.library import Library
from coach.content.scenario import Matrix
from coach.domain.vocabulary import AnswerKind, Blame, EndReason
from coach.offline import Knowledge, OfflineModel
from coach.records.events import Event
from coach.records.interview import InterviewRecord, fold
from coach.scoring import MEASURES, score
from coach.scoring.model import Measure, Scores
from coach.simulation import Cases, Sink, Stop, run_cells

LIBRARY = Library()
BANKS = {"python_backend": LIBRARY.banks["python_backend"]}


def run(**changes: object) -> list[InterviewRecord]:
    matrix = Matrix.model_validate(
        {
            "id": "t",
            "title": {"en": "T", "ru": "Т"},
            "personas": "all",
            "scenarios": ["python_backend"],
            **changes,
        }
    )
    events: dict[str, list[Event]] = {}
    cells = matrix.cells("offline", LIBRARY.names)
    cases = Cases(LIBRARY, OfflineModel(Knowledge.from_banks(BANKS.values())), seed=matrix.seed)
    sink = Sink(
        append=lambda e: events.setdefault(e.cell_key, []).append(e),
        put_text=lambda text: "ref",
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        new_id=lambda: f"i{len(events)}",
        participant_name="test",
    )
    asyncio.run(run_cells(cells, cases, sink, attempts={}, stop=Stop(), on_done=lambda *_: None))
    return [r for r in (fold(e) for e in events.values()) if r]


RECORDS = run(variants=2)


def scored(records: list[InterviewRecord]) -> Scores:
    return score(records, banks=BANKS, run="r", seed=7, model="offline")


SCORES = scored(RECORDS)


def find(scores: Scores, name: str, **where: object) -> Measure:
    (found,) = [m for m in scores.measures if m.name == name and m.slice == where]
    return found


def test_every_measure_is_known_and_within_its_bounds() -> None:
    seen = set()
    for measure in SCORES.measures:
        assert measure.name in MEASURES
        key = (measure.name, tuple(sorted(measure.slice.items())))
        assert key not in seen
        seen.add(key)
        if measure.value is None:
            assert measure.reason
        elif measure.unit == "share":
            assert 0 <= measure.value <= 1
        if measure.low is not None:
            assert measure.low <= measure.value + 1e-9
            assert measure.high >= measure.value - 1e-9
            assert measure.clusters >= 2
            assert measure.method


def test_every_group_is_there() -> None:
    groups = {m.name.split(".")[0] for m in SCORES.measures if m.value is not None}
    wanted = {"detection", "anchor", "injection", "difficulty", "verdict", "conformance", "cost", "health", "stability"}
    assert groups == wanted


def test_known_and_held_out_are_apart() -> None:
    known = find(SCORES, "detection.kind.accuracy", held_out=False)
    held_out = find(SCORES, "detection.kind.accuracy", held_out=True)
    overall = find(SCORES, "detection.kind.accuracy")
    assert known.n + held_out.n == overall.n
    assert min(known.n, held_out.n) > 20


def test_accuracy_is_what_counting_gives() -> None:
    turns = [t for r in RECORDS for t in r.turns]
    right = sum(t.analysis.kind is t.act.truth.kind for t in turns)
    assert find(SCORES, "detection.kind.accuracy").value == pytest.approx(right / len(turns))
    true = [t for t in turns if t.act.truth.kind is AnswerKind.HALLUCINATION]
    found = sum(t.analysis.kind is AnswerKind.HALLUCINATION for t in true)
    assert find(SCORES, "detection.hallucination.recall").value == pytest.approx(found / len(true))
    (matrix,) = [c for c in SCORES.confusions if c.name == "kinds" and not c.slice]
    assert sum(map(sum, matrix.counts)) == len(turns)


def test_the_same_records_give_the_same_scores() -> None:
    assert scored(RECORDS) == SCORES


def test_the_engine_keeps_its_form() -> None:
    for name in ("one_question", "plain_text", "language", "in_scope", "no_question_anew"):
        assert find(SCORES, f"conformance.{name}").value == 1.0, name
    assert find(SCORES, "anchor.follow_up_of_parent").value == 1.0
    assert find(SCORES, "health.parsed_at_once").value == 1.0


def with_kind(record: InterviewRecord, index: int, kind: AnswerKind | None) -> InterviewRecord:
    """Return a record whose turn was seen as ``kind``; None: no analysis at all."""
    turns = list(record.turns)
    old = turns[index]
    analysis = old.analysis.model_copy(update={"kind": kind}) if kind and old.analysis else None
    degraded = () if kind else ("analysis",)
    turns[index] = old.model_copy(update={"analysis": analysis, "degraded": degraded})
    return record.model_copy(update={"turns": tuple(turns)})


RIGHT = [
    (i, j)
    for i, r in enumerate(RECORDS)
    for j, t in enumerate(r.turns)
    if t.analysis and t.analysis.kind is t.act.truth.kind
]


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(RIGHT), st.none() | st.sampled_from(AnswerKind))
def test_turning_a_right_label_wrong_raises_no_accuracy_recall_or_f1(
    place: tuple[int, int], kind: AnswerKind | None
) -> None:
    i, j = place
    truth = RECORDS[i].turns[j].act.truth.kind
    if kind is truth:
        return
    worse = scored([*RECORDS[:i], with_kind(RECORDS[i], j, kind), *RECORDS[i + 1 :]])
    for name in (
        "detection.kind.accuracy",
        "detection.kind.macro_f1",
        f"detection.{truth}.recall",
        f"detection.{truth}.f1",
    ):
        before, after = find(SCORES, name), find(worse, name)
        assert after.value is not None
        assert after.value <= before.value + 1e-12, name


def test_an_engine_fault_is_a_miss_and_no_false_alarm() -> None:
    i, j = RIGHT[0]
    broken = scored([with_kind(RECORDS[i], j, None), *[r for k, r in enumerate(RECORDS) if k != i]])
    (matrix,) = [c for c in broken.confusions if c.name == "kinds" and not c.slice]
    column = matrix.columns.index("no_analysis")
    assert sum(row[column] for row in matrix.counts) == 1
    assert find(broken, "detection.kind.accuracy").n == find(SCORES, "detection.kind.accuracy").n


def test_infrastructure_faults_are_unscored() -> None:
    lost = RECORDS[0].model_copy(update={"blame": Blame.INFRASTRUCTURE, "ended_by": EndReason.INFRASTRUCTURE})
    scores = scored([lost, *RECORDS[1:]])
    assert scores.unscored_interviews == 1
    assert find(scores, "verdict.recommendation_acceptable").n == len(RECORDS) - 1


def test_simulator_faults_are_set_apart_in_the_headlines() -> None:
    lost = RECORDS[0].model_copy(update={"blame": Blame.SIMULATOR})
    scores = scored([lost, *RECORDS[1:]])
    fair = find(scores, "detection.kind.accuracy", without_simulator_faults=True)
    assert fair.n == find(scores, "detection.kind.accuracy").n - len(RECORDS[0].turns)


@pytest.mark.parametrize("records", [[], RECORDS[:1]])
def test_little_or_nothing_is_scored_without_a_crash(records: list[InterviewRecord]) -> None:
    scores = scored(records)
    assert scores.interviews == len(records)
    if not records:
        assert scores.notices


def test_an_unknown_price_stays_unknown() -> None:
    first = RECORDS[0]
    call = first.calls[0].model_copy(update={"cost": None})
    dear = first.model_copy(update={"calls": (call, *first.calls[1:])})
    scores = scored([dear, *RECORDS[1:]])
    assert find(scores, "cost.usd").value is None
    assert "unknown" in find(scores, "cost.usd").reason
    assert find(SCORES, "cost.usd").value == 0


def test_prompts_do_not_grow_with_the_interview() -> None:
    by_turn = {r[1]: r[2] for s in SCORES.series if s.name == "tokens_by_turn" for r in s.rows if r[0] == "observer"}
    assert by_turn[9] <= 1.3 * by_turn[4]


def test_an_attack_that_was_noticed_changes_nothing() -> None:
    seen = 0
    for record in RECORDS:
        for turn in record.turns:
            if turn.act.act == "inject" and turn.analysis.injection and turn.decision.end is None:
                seen += 1
                assert turn.next_question_id == turn.question_id
                assert turn.next_question_text == turn.question_text
                assert turn.next_difficulty is turn.difficulty
                assert turn.next_message.endswith(turn.question_text)
    assert seen >= 5


def test_no_message_shows_a_reference_a_thought_or_a_mark() -> None:
    for record in RECORDS:
        language = record.brief.language
        references = {q.id: q.reference.in_(language) for q in BANKS["python_backend"].questions}
        for turn in record.turns:
            assert "ANSWERED_LAST_QUESTION" not in turn.next_message
            assert "<<candidate" not in turn.next_message
            root = (turn.next_question_id or "").split("#")[0]
            if root:
                assert references[root] not in turn.next_message


def test_feedback_of_every_interview_stands_on_its_turns() -> None:
    for record in RECORDS:
        review = record.feedback.technical_review
        skills = {i for s in review.confirmed_skills for i in s.turn_ids}
        gaps = {i for g in review.knowledge_gaps for i in g.turn_ids}
        turns = {t.turn_id for t in record.turns}
        assert not skills & gaps
        assert skills | gaps <= turns
        assert all(g.correct_answer and g.turn_ids for g in review.knowledge_gaps)
