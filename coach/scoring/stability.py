"""Stability: how often the same case passes every time, and how often the same words are read otherwise."""

from collections.abc import Iterable, Iterator
from math import comb

import numpy as np
import pandas as pd

from coach.content.gates import Gate
from coach.scoring.figures import Figure, Scored, narrow, share
from coach.scoring.model import key_of
from coach.scoring.tables import Tables

CELL = ["case", "model", "prompts", "rubric"]
"""What one cell is, its epochs inside."""
GATED = (
    Gate(measure="anchor.lost", never=True),
    Gate(measure="detection.accused.right_answers", never=True),
    Gate(measure="detection.accused.dont_know", never=True),
    Gate(measure="conformance.one_question", always=True),
    Gate(measure="conformance.language", always=True),
    Gate(measure="verdict.recommendation_acceptable", always=True),
)
"""What an interview must hold to pass where the matrix has no gate of the kind ``always`` or ``never``."""
_ONCE = "every case was asked once; ask again with --epochs"


class Watch:
    """Looks at figures as they pass by, and keeps the interviews in which an absolute gate is broken."""

    def __init__(self, gates: Iterable[Gate]) -> None:
        """Take the matrix's gates; where none of them is absolute, the usual ones hold."""
        self.gates = tuple(g for g in gates if g.always or g.never) or GATED
        self.failed: set[str] = set()
        self._wanted = {key_of(g.measure, g.slice): 1.0 if g.always else 0.0 for g in self.gates}

    def passing(self, figures: Iterable[Scored]) -> Iterator[Scored]:
        """Yield the same figures."""
        for figure in figures:
            if isinstance(figure, Figure) and figure.formula is None and not figure.rows.empty:
                want = self._wanted.get(key_of(figure.name, figure.where))
                if want is not None:
                    self.failed |= set(figure.rows.loc[figure.columns[:, 0] != want, "interview"])
            yield figure


def measures(tables: Tables, watch: Watch) -> Iterator[Scored]:
    """Yield pass^k and the flip rate; every figure of these tables has passed by ``watch``."""
    interviews, turns = tables.interviews, tables.turns
    epochs = int(interviews["epoch"].nunique())
    passed = ~interviews["interview"].isin(watch.failed) & (interviews["blame"] != "engine")
    cells = interviews.assign(passed=passed).groupby(CELL, sort=False)
    counted = cells.agg(n=("passed", "size"), c=("passed", "sum")).reset_index()
    first = interviews.drop_duplicates(CELL).reset_index(drop=True)
    note = "an interview passes where it holds: " + ", ".join(str(g) for g in watch.gates)
    for k in range(1, epochs + 1):
        # A cell with fewer than k scored epochs says nothing of k.
        enough = counted["n"] >= k
        rates = [comb(int(c), k) / comb(int(n), k) for n, c in counted.loc[enough, ["n", "c"]].itertuples(index=False)]
        rows = first[enough.to_numpy()]
        values = pd.Series(rates, index=rows.index, dtype=np.float64)
        yield share("stability.pass_hat_k", rows, values, {"k": k}, nothing="no case here", note=note)
    yield _flips(turns, epochs)


def _flips(turns: pd.DataFrame, epochs: int) -> Scored:
    """Return how often two readings of the same words after the same words differ, of the pairs there are."""
    turns = narrow(turns, "model", "history", "seen_kind", "act", "exposes_analysis")
    seen = turns[turns["exposes_analysis"].astype(bool) & turns["act"].notna()]
    groups = seen.groupby([*CELL, "history"], sort=False)["seen_kind"]
    size = groups.transform("size")
    same = seen.groupby([*CELL, "history", "seen_kind"], sort=False)["seen_kind"].transform("size")
    # A row's share of the other readings that differ from it; its mean over a group is the share of differing pairs.
    differ = (size - same) / (size - 1).where(size > 1, np.nan)
    rows = seen[size > 1]
    nothing = _ONCE if epochs == 1 else "no two interviews here say the same"
    return share("stability.flip_rate", rows, differ.loc[rows.index], {}, nothing=nothing, paired=False)
