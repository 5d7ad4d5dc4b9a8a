"""Tokens, money and time: by agent, a turn, an interview, a run. Unknown stays unknown."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from coach.scoring.figures import Scored, Slice, mean, slices, unscored
from coach.scoring.model import Measure, Series, Unit

_NONE = "no model call"
ENGINE = ("observer", "interviewer", "evaluator")
"""The interviewer's agents; the simulator and the judge are counted apart."""
_OF_CALLS: tuple[tuple[str, Unit], ...] = (
    *((f"cost.tokens_{column}", "tokens") for column in ("input", "cached", "output", "reasoning")),
    ("cost.usd", "usd"),
    ("cost.latency_p50", "ms"),
    ("cost.latency_p95", "ms"),
)
_OF_INTERVIEWS: tuple[tuple[str, Unit], ...] = (
    ("cost.tokens_per_interview", "tokens"),
    ("cost.usd_per_interview", "usd"),
    ("cost.tokens_per_turn", "tokens"),
    ("cost.growth", "tokens/turn"),
)


def measures(calls: pd.DataFrame, turns: pd.DataFrame, interviews: pd.DataFrame) -> Iterator[Scored]:
    """Yield the cost measures."""
    if calls.empty:
        yield from _unscored((*_OF_CALLS, *_OF_INTERVIEWS), _NONE)
        return
    for where, part in slices(calls, "agent"):
        for column in ("input", "cached", "output", "reasoning"):
            yield _total(f"cost.tokens_{column}", part, column, "tokens", where)
        yield _total("cost.usd", part, "usd", "usd", where)
        for name, q in (("p50", 0.5), ("p95", 0.95)):
            value = float(part["latency_ms"].quantile(q))
            yield Measure(name=f"cost.latency_{name}", value=value, n=len(part), clusters=0, unit="ms", slice=where)
    calls = calls[calls["agent"].isin(ENGINE)]
    if calls.empty:
        yield from _unscored(_OF_INTERVIEWS, "the interviewer's own calls are not exposed")
        return
    estimated = "estimated" if calls["estimated"].any() else None
    called = interviews["interview"].isin(calls["interview"])
    # An interview that called no model cost nothing; a sum with an unknown part stays unknown.
    tokens = interviews["interview"].map(_sums(calls, ["interview"])).astype(np.float64).where(called, 0.0)
    yield mean("cost.tokens_per_interview", interviews, tokens, "tokens", {}, nothing=_NONE, note=estimated)
    money = interviews["interview"].map(calls["usd"].groupby(calls["interview"]).sum(min_count=1))
    known = calls["usd"].notna().all()
    if known:
        spent = money.astype(np.float64).where(called, 0.0)
        yield mean("cost.usd_per_interview", interviews, spent, "usd", {}, nothing=_NONE)
    else:
        yield unscored("cost.usd_per_interview", "usd", {}, "a price is unknown", len(interviews))
    per_turn = _by_turn(calls, turns)
    yield mean("cost.tokens_per_turn", per_turn, per_turn["tokens"], "tokens", {}, nothing=_NONE, note=estimated)
    yield _growth(per_turn, estimated)


def _unscored(names: Iterable[tuple[str, Unit]], reason: str) -> Iterator[Measure]:
    for name, unit in names:
        yield unscored(name, unit, {}, reason)


def _total(name: str, rows: pd.DataFrame, column: str, unit: Unit, where: Slice) -> Measure:
    """Return a sum; with an unknown part it is unknown."""
    unknown = int(rows[column].isna().sum())
    if unknown:
        return unscored(name, unit, where, f"unknown for {unknown} of {len(rows)} calls", len(rows))
    note = "estimated" if column != "usd" and rows["estimated"].any() else None
    return Measure(
        name=name,
        value=float(rows[column].sum()),
        n=len(rows),
        clusters=0,
        unit=unit,
        slice=where,
        note=note,
    )


def _sums(calls: pd.DataFrame, keys: list[str]) -> "pd.Series[float]":
    """Return input and output tokens by ``keys``; a group with an unknown part is unknown (nan)."""
    both = (calls["input"] + calls["output"]).astype(np.float64)
    groups = [calls[key] for key in keys]
    unknown = both.isna().groupby(groups).any()
    return both.groupby(groups).sum().mask(unknown)


def _by_turn(calls: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """Return the turns that called a model, with the tokens of the Observer's and the Interviewer's calls."""
    own = calls[calls["agent"].isin(("observer", "interviewer"))]
    tokens = _sums(own, ["interview", "turn_id"])
    index = pd.MultiIndex.from_frame(turns[["interview", "turn_id"]])
    rows = turns.assign(tokens=tokens.reindex(index).to_numpy(dtype=np.float64))
    return rows[index.isin(tokens.index)]


def _growth(rows: pd.DataFrame, note: str | None) -> Measure:
    """Return the slope of tokens by turn number: 0 where prompts don't grow with the interview."""
    name: str = "cost.growth"
    if rows["tokens"].isna().any():
        return unscored(name, "tokens/turn", {}, "part of it is unknown", len(rows))
    if rows["turn_id"].nunique() < 2:
        return unscored(name, "tokens/turn", {}, "fewer than two turns")
    slope = np.polyfit(rows["turn_id"].to_numpy(dtype=np.float64), rows["tokens"].to_numpy(), 1)[0]
    return Measure(name=name, value=float(slope), n=len(rows), clusters=0, unit="tokens/turn", note=note)


def series(calls: pd.DataFrame) -> Iterator[Series]:
    """Yield the charts' rows: tokens and money by agent, and by agent and turn."""
    columns = ("agent", "turn", "input", "output", "usd", "estimated")
    if calls.empty:
        yield Series(name="tokens_by_turn", columns=columns, rows=())
        return
    points = []
    for (agent, turn), part in calls[calls["turn_id"] > 0].groupby(["agent", "turn_id"], sort=True):
        usd = None if part["usd"].isna().any() else float(part["usd"].mean())
        points.append(
            (
                str(agent),
                int(str(turn)),
                _mean(part["input"]),
                _mean(part["output"]),
                usd,
                bool(part["estimated"].any()),
            )
        )
    yield Series(name="tokens_by_turn", columns=columns, rows=tuple(points))
    totals = []
    for agent, part in calls.groupby("agent", sort=True):
        usd = None if part["usd"].isna().any() else float(part["usd"].sum())
        totals.append(
            (
                str(agent),
                len(part),
                _sum(part["input"]),
                _sum(part["output"]),
                usd,
                bool(part["estimated"].any()),
            )
        )
    columns = ("agent", "calls", "input", "output", "usd", "estimated")
    yield Series(name="tokens_by_agent", columns=columns, rows=tuple(totals))


def _mean(values: "pd.Series[float]") -> float | None:
    return None if values.isna().any() else float(values.mean())


def _sum(values: "pd.Series[float]") -> float | None:
    return None if values.isna().any() else float(values.sum())
