"""The verdict against the true grade, with what trivial guessers get beside it; and its grounding."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from coach.domain.vocabulary import Grade, Recommendation, acceptable_recommendations
from coach.scoring.figures import Scored, Slice, keep, mean, ratio, share, slices, statistic
from coach.scoring.model import Scalar, Series
from coach.scoring.statistics import Floats

_NONE = "no interview with feedback"
_HIRES = (Recommendation.HIRE.value, Recommendation.STRONG_HIRE.value)
_GRADES = tuple(Grade)


def measures(interviews: pd.DataFrame) -> Iterator[Scored]:
    """Yield the verdict measures, over interviews with feedback and a known truth."""
    known = interviews[interviews["true_grade"].notna()]
    # Where this interviewer writes feedback, an interview without any is a miss, not a case to leave out.
    known = known[_writes_feedback(known)]
    for where, part in slices(known, "persona", "language", "scenario"):
        fitting = fits(part, part["recommendation"])
        yield share("verdict.recommendation_acceptable", part, fitting, where, nothing=_NONE, floors=_floors(part))
    rows = known[known["grade"].notna()]
    for where, part in slices(rows, "persona", "language", "scenario"):
        yield from _grade(part, where)
    hired = rows["recommendation"].isin(_HIRES)
    unfit = keep(rows, [Recommendation.NO_HIRE.value in e for e in rows["expected"]])
    fit = keep(rows, [Recommendation.NO_HIRE.value not in e for e in rows["expected"]])
    yield share("verdict.false_hire", unfit, hired, {}, nothing="nobody here should be rejected")
    yield share("verdict.false_reject", fit, ~hired, {}, nothing="nobody here should be hired")
    for name in ("honesty", "engagement"):
        told = keep(rows, [bool(e) for e in rows[f"expected_{name}"]])
        right = pd.Series(
            [v in e for v, e in zip(told[name], told[f"expected_{name}"], strict=True)],
            index=told.index,
            dtype=bool,
        )
        yield share(f"verdict.{name}_as_expected", told, right, {}, nothing="nothing is expected here")
    yield from _calibration(rows)
    yield from _grounding(rows)


def _writes_feedback(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether any interview of the same run has feedback; two runs may lie one below the other."""
    given = rows["grade"].notna()
    if "side" not in rows:
        return pd.Series(bool(given.any()), index=rows.index, dtype=bool)
    return given.groupby(rows["side"]).transform("any").astype(bool)


def _calibration(rows: pd.DataFrame) -> Iterator[Scored]:
    """Yield the Brier score of the confidence, the event being that the recommendation fits the true grade.

    Source: Brier, "Verification of forecasts expressed in terms of probability", 1950. Its floor always says how
    often verdicts fit here.
    """
    told = rows[rows["confidence"].notna()]
    fitting = fits(told, told["recommendation"]).astype(np.float64)
    squared = (told["confidence"].astype(np.float64) / 100 - fitting) ** 2
    rate = float(fitting.mean()) if len(fitting) else None
    floors = {"base rate": rate * (1 - rate) if rate is not None else None, "always 50 %": 0.25}
    yield mean("verdict.brier", told, squared, "score", {}, nothing=_NONE, floors=floors, most=1.0)


def series(interviews: pd.DataFrame) -> Series:
    """Return the reliability of the confidence: by tenth, its mean and the share of recommendations that fit."""
    rows = interviews[interviews["grade"].notna() & interviews["true_grade"].notna() & interviews["confidence"].notna()]
    fitting = fits(rows, rows["recommendation"])
    said = rows["confidence"].astype(np.float64) / 100
    tenth = (said * 10).astype(int).clip(upper=9)
    points: list[tuple[Scalar, ...]] = []
    for number in sorted(tenth.unique()):
        part = rows[tenth == number]
        found = share("reliability", part, fitting, {}, nothing=_NONE).measure(0)
        points.append(
            (int(number) / 10, float(said.loc[part.index].mean()), found.value, found.low, found.high, len(part))
        )
    return Series(name="reliability", columns=("from", "confidence", "fits", "low", "high", "n"), rows=tuple(points))


def fits(rows: pd.DataFrame, said: "pd.Series[str]") -> "pd.Series[bool]":
    """Return whether each recommendation in ``said`` is one that the candidate's true grade allows."""
    return pd.Series([s in e for s, e in zip(said, rows["expected"], strict=True)], index=rows.index, dtype=bool)


def _floors(rows: pd.DataFrame) -> dict[str, float | None]:
    """Return what the majority class, an echo of the claimed grade and a fair die would get."""
    if rows.empty:
        return {"majority": None, "claimed_echo": None, "random": None}
    by_answer = [np.mean([r.value in e for e in rows["expected"]]) for r in Recommendation]
    claimed = rows[rows["claimed_grade"].notna()]
    echoed = [
        acceptable_recommendations(_GRADES[int(c)], _GRADES[int(r)])[0].value in e
        for c, r, e in zip(claimed["claimed_grade"], claimed["required_grade"], claimed["expected"], strict=True)
    ]
    return {
        "majority": float(max(by_answer)),
        "claimed_echo": float(np.mean(echoed)) if echoed else None,
        "random": float(np.mean(by_answer)),
    }


def _grade(rows: pd.DataFrame, where: Slice) -> Iterator[Scored]:
    error = (rows["grade"] - rows["true_grade"]).astype(np.float64)
    yield mean("verdict.grade_error", rows, error, "grades", where, nothing=_NONE)
    yield share("verdict.grade_within_one", rows, error.abs() <= 1, where, nothing=_NONE)
    if where:
        return
    k = len(_GRADES)
    pairs = np.zeros((len(rows), k * k))
    at = rows["true_grade"].to_numpy(dtype=int) * k + rows["grade"].to_numpy(dtype=int)
    pairs[np.arange(len(rows)), at] = 1.0
    same = "all the grades are one"
    yield statistic(
        "verdict.grade_kappa",
        rows,
        pairs,
        _kappa,
        "score",
        where,
        nothing=same,
        note="quadratic weights",
        part=False,
    )


def _kappa(sums: Floats) -> Floats:
    """Return Cohen's kappa with quadratic weights from flattened tables, shape (R, k*k)."""
    k = len(_GRADES)
    table = sums.reshape(-1, k, k)
    table = table / table.sum(axis=(1, 2), keepdims=True)
    steps = np.arange(k, dtype=np.float64)
    weights = (steps[:, None] - steps[None, :]) ** 2
    expected = table.sum(axis=2)[:, :, None] * table.sum(axis=1)[:, None, :]
    return 1.0 - ratio((weights * table).sum(axis=(1, 2)), (weights * expected).sum(axis=(1, 2)))


def _grounding(rows: pd.DataFrame) -> Iterator[Scored]:
    for name, top, bottom, nothing in (
        ("verdict.grounding.skills_borne_out", "skills_right", "skills_cited", "no skill was confirmed"),
        ("verdict.grounding.gaps_borne_out", "gaps_right", "gaps_cited", "no gap was named"),
        ("verdict.grounding.gap_recall", "gaps_found", "gaps_true", "nobody here has a gap"),
        ("verdict.grounding.false_gaps", "gap_entries_false", "gap_entries", "no gap was named"),
        ("verdict.grounding.gaps_with_answer", "gap_entries_answered", "gap_entries", "no gap was named"),
    ):
        columns = rows[[top, bottom]].to_numpy(dtype=np.float64)
        yield statistic(name, rows, columns, lambda s: ratio(s[:, 0], s[:, 1]), "share", {}, nothing=nothing)
