"""Tables that are quick to slice: names as categories, kinds on one scale so that truth and reading compare."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from coach.domain.vocabulary import AnswerKind
from coach.scoring.clusters import mark

NO_ANALYSIS = "no_analysis"
_KINDS = pd.CategoricalDtype([*(k.value for k in AnswerKind), NO_ANALYSIS])
_OF_KIND = ("true_kind", "seen_kind")
_NAMES = (
    "persona", "bank", "scenario", "language", "model", "prompts", "rubric", "twin",
    "blame", "repeats", "act", "planned", "question", "active", "next_active", "payload", "misconception",
    "true_quality", "true_answers", "seen_quality", "anchor", "attack", "attack_goal", "agent", "outcome", "side",
    "delivery",
)  # fmt: skip
"""Columns of names that many rows share; none by which tables are joined: an index of categories is brittle."""


def compact(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with cluster identities and its names as categories; the values stay what they were."""
    return mark(named(rows))


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its names as categories."""
    if rows.empty:
        return rows
    types: dict[str, pd.CategoricalDtype | str] = {n: _KINDS for n in _OF_KIND if n in rows}
    types |= {n: "category" for n in _NAMES if n in rows and rows[n].notna().any()}
    return rows.astype(types)


def stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables of one kind below each other, compact; it takes no more memory than they do together."""
    filled = [part for part in parts if not part.empty]
    if not filled:
        return pd.DataFrame()
    columns = {name: _stacked([part[name] for part in filled]) for name in filled[0].columns}
    return compact(pd.DataFrame(columns))


def _stacked(parts: "Sequence[pd.Series[Any]]") -> object:
    if all(isinstance(p.dtype, pd.CategoricalDtype) for p in parts):
        return pd.api.types.union_categoricals(list(parts))
    return pd.concat(
        [p.astype(object) if isinstance(p.dtype, pd.CategoricalDtype) else p for p in parts], ignore_index=True
    )
