"""A comparison of two runs for a terminal and as Markdown; formatting only."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coach.reporting.figures import number, slice_text
from coach.reporting.safe import markdown_cell, safe_text
from coach.scoring.clusters import THESE_PERSONAS
from coach.scoring.compared import ALL, Comparison, CostLine, Flip
from coach.scoring.comparison import Delta

TITLES = {
    "detection.kind.accuracy": "turns seen as what they are",
    "detection.hallucination.recall": "false claims found",
    "detection.honest_interviews_accused": "honest interviews accused",
    "anchor.kept": "question kept until answered",
    "injection.success": "attacks that succeed",
    "verdict.recommendation_acceptable": "recommendation fits",
}
_MOVED_SHOWN = 12
_FLIPS_SHOWN = 8
_DIFF_SHOWN = 24
_WIDE = 110
SAID = {
    "better": "The new run is better.",
    "worse": "The new run is worse.",
    "changed": "The new run differs.",
    "no difference shown": "No difference is shown.",
    "can't tell": "It can't be told which is better.",
}
RULE = (
    "Better or worse is said where a headline's p, adjusted for the six of them (Holm), is at most 0.05; "
    "the other measures are not adjusted for how many there are: they say where to look."
)


def said(comparison: Comparison) -> str:
    """Return the verdict in a sentence, and whether it speaks of these personas only."""
    told = SAID[comparison.verdict]
    few = any(d.verdict == comparison.verdict and THESE_PERSONAS in d.note for d in comparison.headlines)
    return f"{told.rstrip('.')} ({THESE_PERSONAS})." if few and comparison.verdict != "can't tell" else told


def title_of(delta: Delta) -> str:
    """Return a measure's name and slice for people."""
    name = TITLES.get(delta.name, delta.name) if not delta.slice else delta.name
    return f"{name} ({slice_text(delta.slice)})" if delta.slice else name


def change(value: float, unit: str) -> str:
    """Return a difference in its unit: points of a share, else the number with its sign."""
    if unit == "share":
        return f"{100 * value:+.1f}"
    return number(value, unit) if unit in ("levels", "grades") else f"{value:+.3g}"


def change_text(delta: Delta) -> str:
    """Return the difference with its interval."""
    if delta.delta is None:
        return "-"
    own = change(delta.delta, delta.unit)
    if delta.low is None or delta.high is None:
        return own
    return f"{own} [{change(delta.low, delta.unit)}, {change(delta.high, delta.unit)}]"


def value_text(value: float | None, unit: str) -> str:
    """Return a value in its unit, or ``unscored``."""
    return "unscored" if value is None else number(value, unit)


def p_text(delta: Delta) -> str:
    """Return the adjusted p, or nothing."""
    if delta.p_holm is None:
        return ""
    return "<0.001" if delta.p_holm < 0.001 else f"{delta.p_holm:.3f}"


def verdict_text(delta: Delta) -> str:
    """Return what can be said of one measure, and about how many more cases would say more."""
    if delta.verdict == "no difference shown" and delta.more_cases:
        note = f" ({delta.note})" if delta.note else ""
        return f"no difference shown{note}; {_about(delta.more_cases)} more cases might"
    if delta.verdict == "can't tell" and delta.why:
        return f"can't tell: {delta.why}"
    return f"{delta.verdict} ({delta.note})" if delta.note else delta.verdict


def _about(count: int) -> str:
    """Return a count to two digits: it is an estimate."""
    digits = max(0, len(str(count)) - 2)
    return f"about {round(count, -digits):,}"


def moved(comparison: Comparison) -> list[Delta]:
    """Return the other measures whose whole interval lies on one side of 0, overall ones first."""
    named = {(d.name, slice_text(d.slice)) for d in comparison.headlines}
    found = [
        d
        for d in comparison.deltas
        if d.verdict in ("better", "worse", "changed") and (d.name, slice_text(d.slice)) not in named
    ]
    return sorted(found, key=lambda d: (len(d.slice), d.verdict != "worse", d.name))


def comparison_text(comparison: Comparison, width: int, places: tuple[str, str]) -> RenderableType:
    """Return the comparison for a terminal of ``width`` columns; ``places`` are the runs' paths."""
    parts: list[RenderableType] = [*_head(comparison), Text(""), _headlines(comparison, width)]
    if width < _WIDE:
        said_more = [d for d in comparison.headlines if verdict_text(d) != d.verdict]
        parts += [Text(""), *(Text(f"{title_of(d)}: {verdict_text(d)}") for d in said_more)] if said_more else []
    parts += [Text(f"{title_of(d)}: {_bounds(d)}") for d in comparison.headlines if d.worst is not None]
    others = moved(comparison)
    if others:
        parts += [Text(""), _moved(others, width)]
    if comparison.flips:
        parts += [Text(""), *_flipped(comparison.flips, places)]
    if comparison.costs:
        parts += [Text(""), _costs(comparison.costs)]
    if comparison.prompts_diff:
        lines = safe_text(comparison.prompts_diff).splitlines()
        parts += [Text(""), Text("Prompts", style="bold"), *(Text(line) for line in lines[:_DIFF_SHOWN])]
        if len(lines) > _DIFF_SHOWN:
            parts.append(Text(f"… {len(lines) - _DIFF_SHOWN} more lines: --format html or markdown shows them"))
    parts += [Text(""), Text(said(comparison), style="bold"), Text(RULE)]
    return Group(*parts)


def _head(comparison: Comparison) -> Iterator[Text]:
    yield Text(f"base  {safe_text(comparison.base)}  ({safe_text(comparison.base_model)})")
    yield Text(f"new   {safe_text(comparison.new)}  ({safe_text(comparison.new_model)})")
    left = [
        f"{n} only in the {side}" for n, side in ((comparison.only_base, "base"), (comparison.only_new, "new run")) if n
    ]
    yield Text(f"{comparison.shared} shared interviews{', ' if left else ''}{', '.join(left)}")
    for notice in comparison.notices:
        yield Text("")
        yield Text(safe_text(notice))


def _headlines(comparison: Comparison, width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measure", overflow="fold")
    for name in ("base", "new", "difference [95 %]", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    if width >= _WIDE:
        table.add_column("pairs", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for d in comparison.headlines:
        extra = [f"{d.pairs:,}"] if width >= _WIDE else []
        values = (value_text(d.base, d.unit), value_text(d.new, d.unit), change_text(d), p_text(d))
        table.add_row(title_of(d), *values, *extra, verdict_text(d) if width >= _WIDE else d.verdict)
    return table


def _bounds(delta: Delta) -> str:
    ends = sorted(change(v, delta.unit) for v in (delta.worst, delta.best) if v is not None)
    between = " to ".join(ends)
    return f"{delta.unpaired:,} rows have no partner; with all of them lost, or won, the difference is {between}"


def _moved(deltas: Sequence[Delta], width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("also moved, not adjusted", overflow="fold", max_width=width // 2)
    for name in ("base", "new", "difference [95 %]"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for d in deltas[:_MOVED_SHOWN]:
        table.add_row(title_of(d), value_text(d.base, d.unit), value_text(d.new, d.unit), change_text(d), d.verdict)
    if len(deltas) > _MOVED_SHOWN:
        table.add_row(f"… {len(deltas) - _MOVED_SHOWN} more", "", "", "", "")
    return table


def flip_counts(flips: Iterable[Flip]) -> tuple[int, int]:
    """Return how many turns the new run lost and won."""
    won = [f.won for f in flips]
    return len(won) - sum(won), sum(won)


def _flipped(flips: Sequence[Flip], places: tuple[str, str]) -> Iterator[RenderableType]:
    lost, won = flip_counts(flips)
    yield Text(f"Turns that flipped: {lost} lost, {won} won", style="bold")
    for flip in flips[:_FLIPS_SHOWN]:
        mark = "won " if flip.won else "lost"
        yield Text(f"{mark}  {flip.case}, turn {flip.new_turn}: {flip_text(flip)}")
    if len(flips) > _FLIPS_SHOWN:
        yield Text(f"… {len(flips) - _FLIPS_SHOWN} more")
    first = flips[0]
    yield Text(f"Read one:  coach transcript {places[0]} {first.base_interview}")
    yield Text(f"           coach transcript {places[1]} {first.new_interview}")


def flip_text(flip: Flip) -> str:
    """Return what a flipped turn was and how each run saw it."""
    return f"{flip.act}, truly {flip.true_kind}: base {flip.base_seen}, new {flip.new_seen}"


def _costs(costs: Iterable[CostLine]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("cost and latency, shared interviews")
    for name in ("base", "new"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for line in costs:
        if line.agent == ALL:
            table.add_row(line.name, *cost_values(line), line.note)
    return table


def cost_values(line: CostLine) -> tuple[str, str]:
    """Return both values of a cost line; what is not known says so."""
    base, new = ("unknown" if v is None else number(v, line.unit) for v in (line.base, line.new))
    return base, new


def comparison_markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown, whole: for a pull request or a file."""
    lines = [f"# {said(comparison)}", ""]
    for text in _head(comparison):
        lines += [markdown_cell(text.plain), ""] if text.plain else []
    lines += _table(
        ("measure", "base", "new", "difference, 95 %", "p (Holm)", "pairs", "clusters", ""),
        map(_cells, comparison.headlines),
    )
    others = moved(comparison)
    if others:
        lines += ["", "## Also moved, not adjusted", ""]
        lines += _table(
            ("measure", "base", "new", "difference, 95 %", "p (Holm)", "pairs", "clusters", ""), map(_cells, others)
        )
    if comparison.flips:
        lost, won = flip_counts(comparison.flips)
        lines += ["", f"## Turns that flipped: {lost} lost, {won} won", ""]
        rows = (
            ("won" if f.won else "lost", f.case, str(f.new_turn), f.act, f.true_kind, f.base_seen, f.new_seen)
            for f in comparison.flips
        )
        lines += _table(("", "case", "turn", "act", "truly", "base", "new"), rows)
    if comparison.costs:
        lines += ["", "## Cost and latency, shared interviews", ""]
        lines += _table(
            ("", "agent", "base", "new", ""),
            ((c.name, c.agent, *cost_values(c), c.note) for c in comparison.costs),
        )
    if comparison.prompts_diff:
        diff = safe_text(comparison.prompts_diff)
        fence = "`" * max(3, 1 + max((len(run) for run in diff.split() if set(run) == {"`"}), default=0))
        lines += ["", "## Prompts", "", f"{fence}diff", diff, fence]
    return "\n".join([*lines, "", RULE, ""])


def _cells(d: Delta) -> tuple[str, ...]:
    values = (value_text(d.base, d.unit), value_text(d.new, d.unit), change_text(d), p_text(d))
    return (title_of(d), *values, str(d.pairs), str(d.clusters), verdict_text(d))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(map(markdown_cell, row))} |" for row in rows),
    ]
