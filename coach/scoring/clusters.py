"""The only source of cluster identity: what is independent of what, for every interval and test."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coach.scoring.statistics import Ints

MIN_UNITS = 6
THESE_PERSONAS = "these personas only"


@dataclass(frozen=True, slots=True)
class Clusters:
    """Cluster codes 0 … count-1 by row, and what to say of them."""

    codes: Ints
    count: int
    note: str | None


def clusters_of(rows: pd.DataFrame) -> Clusters:
    """Return the clusters of a table's rows.

    Persona x bank is the independent unit. Where there are fewer than 6 of them the clusters are
    persona x what repeats (the question or payload; for interviews the case), and the figure speaks of
    these personas only.
    """
    units = rows["persona"] + "|" + rows["bank"]
    if units.nunique() >= MIN_UNITS:
        return _coded(units, None)
    return _coded(rows["persona"] + "|" + rows["repeats"], THESE_PERSONAS)


def _coded(labels: "pd.Series[str]", note: str | None) -> Clusters:
    codes, found = pd.factorize(labels, sort=True)
    return Clusters(np.asarray(codes, dtype=np.int64), len(found), note)
