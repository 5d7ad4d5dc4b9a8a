"""What scoring returns: a small set of plain pieces that renderers show without arithmetic."""

from collections.abc import Mapping
from typing import Literal

from coach.domain._base import Frozen

GRADING_VERSION = 4
"""Raised whenever a number may differ for the same journal; the CHANGELOG says how."""

Unit = Literal["share", "count", "score", "levels", "tokens", "usd", "ms", "turns", "grades", "tokens/turn"]
SliceValue = str | bool | int
Scalar = str | float | int | bool | None


class Measure(Frozen):
    """One number. ``value`` None means unscored, and ``reason`` says why."""

    name: str
    """Dotted, e.g. ``detection.hallucination.recall``."""
    value: float | None
    low: float | None = None
    high: float | None = None
    """The 95 % interval; None where there is none, and ``note`` says why."""
    n: int
    """Rows that it is computed over."""
    unknown: int = 0
    """Rows beside them of which it can't be told; the interval holds whatever they are."""
    clusters: int
    unit: Unit
    slice: dict[str, SliceValue] = {}
    """The rows' restriction, e.g. ``{"persona": "hallucinator", "held_out": true}``; empty: all rows."""
    reason: str | None = None
    method: Literal["wilson", "bootstrap", "t"] | None = None
    note: str | None = None
    """For example ``these personas only``, ``withheld below 20 clusters``, ``estimated``."""
    floors: dict[str, float | None] = {}
    """What trivial guessers get on the same rows: majority, claimed_echo, random; or what chance alone does."""
    ceilings: dict[str, float | None] = {}
    """What the same engine gets with an Observer that is told the truth (``oracle``), and what this run has on those
    cases (``here``); empty where no case has such a twin."""


Key = tuple[str, str]
"""A measure's name and its slice in one order."""


def key_of(name: str, where: Mapping[str, SliceValue]) -> Key:
    """Return what identifies a measure and its slice, whether a file says ``true`` or a program ``True``."""
    return name, repr(sorted((k, str(v).lower()) for k, v in where.items()))


class Confusion(Frozen):
    """A confusion matrix; rows true, columns seen."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    """The kinds, then ``no_analysis`` and ``unverified``."""
    counts: tuple[tuple[int, ...], ...]
    slice: dict[str, SliceValue] = {}


class Series(Frozen):
    """A small table for a chart: one row a point."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]


class Scores(Frozen):
    """``scores.json``."""

    grading_version: int
    run: str
    model: str
    baseline_model: bool
    """True where the Observer was the offline model: detection figures are then a baseline's."""
    interviews: int
    """Without the twins."""
    twins: int = 0
    """Interviews that are another one's twin."""
    unscored_interviews: int
    """Infrastructure faults."""
    measures: tuple[Measure, ...]
    confusions: tuple[Confusion, ...]
    series: tuple[Series, ...]
    notices: tuple[str, ...] = ()
