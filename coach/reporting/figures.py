"""How a number looks: shares, levels, money; unscored says so. Formatting only."""

from collections.abc import Iterable, Mapping

from coach.scoring.model import Measure, Scores, SliceValue

Slice = Mapping[str, SliceValue]


def value_text(measure: Measure | None) -> str:
    """Return the value with its unit, or ``unscored``."""
    if measure is None or measure.value is None:
        return "unscored"
    return number(measure.value, measure.unit)


def number(value: float, unit: str) -> str:
    """Return a number in its unit."""
    match unit:
        case "share":
            return f"{100 * value:.0f} %" if value in (0, 1) else f"{100 * value:.1f} %"
        case "usd":
            return f"${value:.4f}" if 0 < value < 1 else f"${value:.2f}"
        case "tokens" | "count":
            return f"{value:,.0f}".replace(",", " ")
        case "ms":
            return f"{value:.1f} ms"
        case "levels" | "grades":
            return f"{value:+.2f}"
        case _:
            return f"{value:.2f}"


def interval_text(measure: Measure | None) -> str:
    """Return the interval, or an empty string where there is none."""
    if measure is None or measure.low is None or measure.high is None:
        return ""
    return f"{number(measure.low, measure.unit)} – {number(measure.high, measure.unit)}"


def beside_text(measure: Measure) -> list[str]:
    """Return what stands beside a value so that it can be judged: its floors, and the oracle's ceiling."""
    found = [
        f"floor {name.replace('_', ' ')} {number(value, measure.unit)}"
        for name, value in measure.floors.items()
        if value is not None
    ]
    oracle, here = measure.ceilings.get("oracle"), measure.ceilings.get("here")
    if oracle is not None:
        own = f" where this run has {number(here, measure.unit)}" if here is not None else ""
        found.append(f"oracle Observer {number(oracle, measure.unit)}{own}")
    return found


def slice_text(where: Slice) -> str:
    """Return a slice in words; all rows is ``all``."""
    parts = []
    for key, value in where.items():
        if key == "held_out":
            parts.append("held out" if value else "known")
        elif isinstance(value, bool):
            parts.append(key.replace("_", " ") if value else f"not {key.replace('_', ' ')}")
        else:
            parts.append(f"{key} {value}")
    return ", ".join(parts) or "all"


class Lookup:
    """Finds measures by name and slice."""

    def __init__(self, scores: Scores) -> None:
        self._found = {(m.name, _frozen(m.slice)): m for m in scores.measures}
        self.personas = _values(scores.measures, "persona")
        self.languages = _values(scores.measures, "language")
        self.crossed = [(key, value) for key in ("prompts", "rubric") for value in _values(scores.measures, key)]
        """What the run crosses on the same cases: (dimension, value)."""

    def get(self, name: str, **where: SliceValue) -> Measure | None:
        """Return a measure, or None where the scores don't have it."""
        return self._found.get((name, _frozen(where)))


def all_scripted(scores: Scores) -> bool:
    """Return whether all interviews are scripted: each ends when its rule is shown, so they make no portrait."""
    whole = Lookup(scores).get("acceptance.interviews")
    return whole is not None and whole.n == scores.interviews


def _frozen(where: Slice) -> frozenset[tuple[str, SliceValue]]:
    return frozenset(where.items())


def _values(measures: Iterable[Measure], key: str) -> list[str]:
    return sorted({str(m.slice[key]) for m in measures if key in m.slice})
