"""Health: how the models answered, and how the interviews ended."""

from collections.abc import Iterator

import pandas as pd

from coach.scoring.figures import share, slices
from coach.scoring.model import Measure


def measures(turns: pd.DataFrame, calls: pd.DataFrame, interviews: pd.DataFrame) -> Iterator[Measure]:
    """Yield the health measures."""
    if not calls.empty:
        for where, part in slices(calls, "agent"):
            for name, outcome in (("parsed_at_once", "parsed"), ("parsed_after_repair", "repaired")):
                yield share(f"health.{name}", part, part["outcome"] == outcome, where, nothing="no model call")
            lost = part["outcome"].isin(("malformed", "failed"))
            yield share("health.not_parsed", part, lost, where, nothing="no model call")
        retries = float((calls["attempts"] - 1).sum())
        yield Measure(name="health.retries", value=retries, n=len(calls), clusters=0, unit="count")
    for name in ("analysis", "message"):
        yield share(f"health.degraded_{name}", turns, turns[f"degraded_{name}"], {}, nothing="no turn")
    acted = turns[turns["act"].notna()]
    yield share("health.substituted_acts", acted, acted["substituted"], {}, nothing="no simulated turn")
    for reason in sorted(interviews["ended_by"].unique()):
        ended = interviews["ended_by"] == reason
        yield share("health.ended_by", interviews, ended, {"reason": str(reason)}, nothing="no interview")
    for blame in ("engine", "simulator"):
        at = interviews["blame"] == blame
        yield share("health.blamed", interviews, at, {"blame": blame}, nothing="no interview")
