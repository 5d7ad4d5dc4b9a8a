"""Trust in the ground truth: what blind readers call the replies, against what was meant."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from coach.domain.vocabulary import AnswerKind
from coach.records.labels import Label
from coach.scoring.figures import Scored, ratio, share, statistic
from coach.scoring.statistics import Floats

_KINDS = tuple(k.value for k in AnswerKind)
"""``unverified`` too: a reader may not be able to tell."""
_NONE = "no label"


def measures(turns: pd.DataFrame, labels: Iterable[Label]) -> Iterator[Scored]:
    """Yield agreement and Cohen's kappa by reader, over labelled turns whose kind is known."""
    given = pd.DataFrame(
        [(x.interview_id, x.turn_id, x.by, x.kind.value if x.kind else None) for x in labels],
        columns=["interview", "turn_id", "by", "label"],
    )
    if given.empty:
        return
    rows = turns[turns["true_kind"].notna()].merge(given, on=["interview", "turn_id"])
    for by, part in rows.groupby("by", sort=True):
        part = part.reset_index(drop=True)
        where: dict[str, str | bool | int] = {"by": str(by)}
        yield share("truth.unlabelled", part, part["label"].isna(), where, nothing=_NONE)
        told = part[part["label"].notna()].reset_index(drop=True)
        yield share("truth.agreement", told, told["label"] == told["true_kind"], where, nothing=_NONE)
        yield statistic("truth.kappa", told, _pairs(told), kappa, "score", where, nothing=_NONE, part=False)


def _pairs(rows: pd.DataFrame) -> Floats:
    """Return a row's place in the flattened table of true and given kinds, shape (n, k*k)."""
    k = len(_KINDS)
    places = {kind: i for i, kind in enumerate(_KINDS)}
    pairs = np.zeros((len(rows), k * k))
    at = rows["true_kind"].map(places).to_numpy(dtype=int) * k + rows["label"].map(places).to_numpy(dtype=int)
    pairs[np.arange(len(rows)), at] = 1.0
    return pairs


def kappa(sums: Floats) -> Floats:
    """Return Cohen's kappa from flattened tables of counts, shape (R, k*k): (observed - chance) / (1 - chance).

    Source: Cohen, "A coefficient of agreement for nominal scales", 1960.
    """
    k = round(sums.shape[1] ** 0.5)
    table = sums.reshape(-1, k, k)
    total = table.sum(axis=(1, 2))
    observed = ratio(np.trace(table, axis1=1, axis2=2), total)
    chance = ratio((table.sum(axis=2) * table.sum(axis=1)).sum(axis=1), total**2)
    return ratio(observed - chance, 1.0 - chance)
