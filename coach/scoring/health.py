"""Health: how the models answered, and how the interviews ended."""

from collections.abc import Iterator

import pandas as pd

from coach.scoring.figures import Scored, share, slices
from coach.scoring.model import Measure


def measures(turns: pd.DataFrame, calls: pd.DataFrame, interviews: pd.DataFrame) -> Iterator[Scored]:
    """Yield the health measures."""
    if not calls.empty:
        for where, part in slices(calls, "agent"):
            for name, outcome in (("parsed_at_once", "parsed"), ("parsed_after_repair", "repaired")):
                yield share(f"health.{name}", part, part["outcome"] == outcome, where, nothing="no model call")
            lost = ~part["outcome"].isin(("parsed", "repaired"))
            yield share("health.not_parsed", part, lost, where, nothing="no model call")
        for name, outcome in (("cut", "cut"), ("refused", "refused"), ("filtered", "filtered"), ("failed", "failed")):
            yield share(f"health.{name}", calls, calls["outcome"] == outcome, {}, nothing="no model call")
        waited = float(calls["waited_ms"].sum())
        yield Measure(name="health.waited", value=waited, n=len(calls), clusters=0, unit="ms")
        retries = float((calls["attempts"] - 1).sum())
        yield Measure(name="health.retries", value=retries, n=len(calls), clusters=0, unit="count")
    for name in ("analysis", "message"):
        yield share(f"health.degraded_{name}", turns, turns[f"degraded_{name}"], {}, nothing="no turn")
    acted = turns[turns["act"].notna()]
    yield share("health.substituted_acts", acted, acted["substituted"], {}, nothing="no simulated turn")
    worded = acted[acted["worded"].notna()]
    nothing = "no model was asked for a candidate's words"
    yield share("health.wordings_rejected", worded, worded["rejected"] > 0, {}, nothing=nothing)
    yield share("health.wordings_replaced", worded, worded["worded"] == "script", {}, nothing=nothing)
    yield share("health.act_not_carried_out", worded, worded["not_carried_out"], {}, nothing=nothing)
    for reason in sorted(interviews["ended_by"].unique()):
        ended = interviews["ended_by"] == reason
        yield share("health.ended_by", interviews, ended, {"reason": str(reason)}, nothing="no interview")
    for blame in ("engine", "simulator"):
        at = interviews["blame"] == blame
        yield share("health.blamed", interviews, at, {"blame": blame}, nothing="no interview")
