"""The only source of cluster identity: what is independent of what, for every interval and test."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coach.scoring.statistics import Ints

MIN_UNITS = 6
UNIT, WITHIN = "unit", "within"
"""Columns of numbers: persona x bank, and persona x what repeats."""
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
    marked = rows if UNIT in rows else mark(rows)
    codes, found = pd.factorize(marked[UNIT].to_numpy(), sort=True)
    if len(found) >= MIN_UNITS:
        return Clusters(np.asarray(codes, dtype=np.int64), len(found), None)
    codes, found = pd.factorize(marked[WITHIN].to_numpy(), sort=True)
    return Clusters(np.asarray(codes, dtype=np.int64), len(found), THESE_PERSONAS)


def mark(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with both identities of each row as numbers, which are quicker to tell apart than names."""
    if rows.empty:
        return rows
    persona = rows["persona"].astype(str)
    units, _ = pd.factorize(persona + "|" + rows["bank"].astype(str), sort=True)
    within, _ = pd.factorize(persona + "|" + rows["repeats"].astype(str), sort=True)
    return rows.assign(**{UNIT: units.astype(np.int32), WITHIN: within.astype(np.int32)})
