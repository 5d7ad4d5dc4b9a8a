"""The difficulty rule, replayed against an independent statement of it."""

from hypothesis import given
from hypothesis import strategies as st

from coach.domain.decision import ClosedBy, Closure
from coach.domain.vocabulary import Difficulty, Quality
from coach.engine.policies import FixedDifficulty, Moved, TwoInARow

closures = st.builds(
    Closure,
    question_id=st.just("q"),
    quality=st.none() | st.sampled_from(Quality),
    by=st.sampled_from(ClosedBy),
)


def oracle(history: list[Closure]) -> int:
    """Return the level by looking back from each closure, not by carrying streaks."""
    level, marks = 0, ""
    for closure in history:
        if closure.by in (ClosedBy.END, ClosedBy.REPEAT_LIMIT):
            continue
        quality = "poor" if closure.by is ClosedBy.GIVEN_UP else closure.quality
        if quality is None:
            continue
        marks += {"excellent": "g", "good": "g", "acceptable": "a", "poor": "b", "wrong": "b"}[quality]
        if marks.endswith("gg"):
            level, marks = min(3, level + 1), ""
        elif marks.endswith("bb"):
            level, marks = max(0, level - 1), ""
    return level


@given(st.lists(closures, max_size=30))
def test_two_in_a_row_agrees_with_an_oracle(history: list[Closure]) -> None:
    moved = Moved(Difficulty.BASIC, 0, 0)
    for closure in history:
        moved = TwoInARow().move(moved.level, moved.good, moved.bad, closure)
    assert moved.level.rank == oracle(history)


@given(closures)
def test_fixed_never_moves(closure: Closure) -> None:
    assert FixedDifficulty().move(Difficulty.ADVANCED, 1, 0, closure).level is Difficulty.ADVANCED
