"""Difficulty: how far the level is from the persona's own, answer by answer."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from coach.domain.vocabulary import Difficulty
from coach.scoring.figures import Scored, mean, narrow, share, slices
from coach.scoring.model import Series

SETTLED_BY = (3, 5, 7)
_NONE = "no question was answered"
_MOST = float(len(Difficulty) - 1)


def answered(turns: pd.DataFrame) -> pd.DataFrame:
    """Return the turns that close a question, with ``off`` = level - target in levels."""
    turns = narrow(turns, "answer", "difficulty", "target")
    rows = turns[turns["answer"].notna() & turns["difficulty"].notna() & turns["target"].notna()]
    return rows.assign(off=(rows["difficulty"] - rows["target"]).astype(np.float64))


def measures(turns: pd.DataFrame, interviews: pd.DataFrame) -> Iterator[Scored]:
    """Yield the difficulty measures, over answered questions."""
    rows = answered(turns)
    for where, part in slices(rows, "persona"):
        yield mean(
            "difficulty.level_minus_target", part, part["off"], "levels", where, nothing=_NONE, paired="interview"
        )
        off = part["off"].abs()
        yield mean("difficulty.distance", part, off, "levels", where, nothing=_NONE, paired="interview", most=_MOST)
        yield share("difficulty.overshoot", part, part["off"] > 0, where, nothing=_NONE, paired="interview")
    for k in SETTLED_BY:
        part = rows[rows["answer"] == k]
        yield share(
            "difficulty.settled",
            part,
            part["off"].abs() <= 0.5,
            {"answer": k},
            nothing=f"no interview has {k} answered questions",
            paired="interview",
        )
    turned = _oscillation(rows)
    own = interviews[interviews["interview"].isin(turned.index)]
    values = own["interview"].map(turned).astype(np.float64)
    yield mean(
        "difficulty.oscillation",
        own,
        values,
        "share",
        {},
        nothing=_NONE,
        note="changes of direction an answer",
        most=1.0,
    )


def _oscillation(rows: pd.DataFrame) -> "pd.Series[float]":
    """Return, by interview, how often the level changed its direction, an answered question."""
    level = rows["difficulty"].astype(np.float64)
    moves = level.groupby(rows["interview"], sort=False, observed=True).diff()
    moved = moves[moves.notna() & (moves != 0)]
    owner = rows["interview"].loc[moved.index]
    before = moved.groupby(owner, sort=False, observed=True).shift()
    turned = (moved * before < 0).groupby(owner, sort=False, observed=True).sum()
    answers = rows.groupby("interview", sort=False, observed=True).size()
    return (turned.reindex(answers.index).fillna(0) / answers).astype(np.float64)


def series(turns: pd.DataFrame) -> Iterator[Series]:
    """Yield the charts' rows: the mean level by persona and answer, and each interview's path."""
    rows = answered(turns)
    columns = ("persona", "answer", "mean", "low", "high", "target", "n")
    points = []
    for (persona, answer), part in rows.groupby(["persona", "answer"], sort=True):
        level = mean("level", part, part["difficulty"].astype(np.float64), "levels", {}, nothing=_NONE).measure(0)
        target = float(part["target"].mean())
        points.append(
            (
                str(persona),
                int(str(answer).partition(".")[0]),
                level.value,
                level.low,
                level.high,
                target,
                len(part),
            )
        )
    yield Series(name="difficulty_by_answer", columns=columns, rows=tuple(points))
