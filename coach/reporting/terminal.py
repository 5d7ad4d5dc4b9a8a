"""The summary of a run for a terminal: headlines with intervals, and a row a persona."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coach.reporting.figures import Lookup, all_scripted, beside_text, interval_text, value_text
from coach.reporting.portrait import traits
from coach.reporting.safe import safe_text
from coach.scoring.model import Measure, Scores, SliceValue

_HEADLINES = (
    ("turns seen as what they are", "detection.kind.accuracy"),
    ("false claims found", "detection.hallucination.recall"),
    ("honest interviews accused", "detection.honest_interviews_accused"),
    ("question kept until answered", "anchor.kept"),
    ("attacks that succeed", "injection.success"),
    ("recommendation fits", "verdict.recommendation_acceptable"),
)
_WIDE = 110
_MISSED_SHOWN = 20
_FAIR: dict[str, SliceValue] = {"without_simulator_faults": True}


def summary(scores: Scores, width: int) -> RenderableType:
    """Return the summary; at 110 columns and more the persona table has more columns."""
    parts: list[RenderableType] = [Text(""), _headlines(scores)]
    if any(m.slice == _FAIR for m in scores.measures):
        parts += [Text(""), _fair(scores)]
    verdict = Lookup(scores).get("verdict.recommendation_acceptable")
    if verdict is not None and verdict.value is not None and verdict.floors:
        parts.append(Text('"recommendation fits" is to be read beside: ' + "; ".join(beside_text(verdict))))
    parts += [Text(""), _personas(scores, width), *_portrait(scores), *_twins(scores)]
    parts += [*_trust(scores), *_acceptance(scores)]
    for notice in scores.notices:
        parts += [Text(""), Text(safe_text(notice))]
    if scores.unscored_interviews:
        parts.append(Text(f"{scores.unscored_interviews} interviews are unscored (infrastructure)."))
    return Group(*parts, Text(""))


def _headlines(scores: Scores) -> Table:
    lookup = Lookup(scores)
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    twins = f" and {scores.twins} twins" if scores.twins else ""
    table.add_column(f"{scores.interviews} interviews{twins}, model {safe_text(scores.model)}")
    for name in ("value", "95 % interval", "known", "held out"):
        table.add_column(name, justify="right", no_wrap=True)
    for label, name in _HEADLINES:
        overall = lookup.get(name)
        table.add_row(
            label,
            value_text(overall),
            interval_text(overall) or "-",
            _short(lookup.get(name, held_out=False)),
            _short(lookup.get(name, held_out=True)),
        )
    return table


def _fair(scores: Scores) -> Table:
    """Return the headlines without interviews that the simulator ended and turns that miss their act."""
    lookup = Lookup(scores)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("without simulator faults")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    for label, name in _HEADLINES:
        measure = lookup.get(name, **_FAIR)
        table.add_row(label, value_text(measure), interval_text(measure) or "-")
    return table


def _portrait(scores: Scores) -> list[RenderableType]:
    """Return the clearest strength and weakness of each theme, a line a side."""
    found = traits(scores)
    lines: list[RenderableType] = []
    for side, title in (("strength", "Surely good"), ("weakness", "Surely bad")):
        shown = list({t["theme"]: t for t in reversed(found[side])}.values())[::-1]
        if not shown:
            continue
        more = len(found[side]) - len(shown)
        named = "; ".join(f"{t['title']} {t['value']}" for t in shown)
        lines.append(Text(safe_text(f"{title}: {named}{f'; and {more} more, in the report' if more else ''}")))
    return [Text(""), *lines] if lines else []


def _trust(scores: Scores) -> list[RenderableType]:
    """Return a line a blind reader: how far it agrees with the intended labels."""
    lines: list[RenderableType] = []
    for measure in scores.measures:
        if measure.name != "truth.kappa":
            continue
        by = str(measure.slice.get("by", ""))
        share = next(m for m in scores.measures if m.name == "truth.agreement" and m.slice == measure.slice)
        interval = interval_text(measure) or "no interval"
        lines.append(
            Text(
                f"Trust in the labels: {safe_text(by)} gives {value_text(share)} of {share.n} replies the intended "
                f"one; Cohen's kappa {value_text(measure)} ({interval})"
            )
        )
    return [Text(""), *lines] if lines else []


_OF_TWINS = (
    ("attacks that succeed and whose control does not", "injection.net_success"),
    ("verdicts raised by an attack", "injection.verdict_raised"),
    ("verdicts that talk, praise, repetition, length leave alone", "metamorphic.verdict_unmoved"),
    ("verdicts that follow the evidence", "metamorphic.moved_right"),
)


def _twins(scores: Scores) -> list[RenderableType]:
    """Return what pairs of an interview and its twin tell."""
    if not scores.twins:
        return []
    lookup = Lookup(scores)
    found = [(label, m) for label, name in _OF_TWINS if (m := lookup.get(name)) is not None and m.value is not None]
    lines = [
        f"  {label}: {value_text(m)} ({', '.join([interval_text(m) or 'no interval', f'n {m.n}', *beside_text(m)])})"
        for label, m in found
    ]
    return [Text(""), Text("Beside their twins", style="bold"), *map(Text, lines)] if lines else []


def _acceptance(scores: Scores) -> list[RenderableType]:
    """Return how many scripted interviews came as expected, and what did not."""
    lookup = Lookup(scores)
    whole, parts = lookup.get("acceptance.interviews"), lookup.get("acceptance.expectations")
    if whole is None or parts is None or whole.value is None or parts.value is None:
        return []
    met, expected = round(whole.value * whole.n), round(parts.value * parts.n)
    lines = [
        Text(""),
        Text(f"Acceptance: {met} of {whole.n} interviews as scripted; {expected} of {parts.n} expectations met"),
    ]
    if all_scripted(scores):
        lines.append(Text("A script ends when its rule is shown: verdicts here are right by its range, not by grade."))
    missed = next((s.rows for s in scores.series if s.name == "acceptance_not_met"), ())
    for _, case, turn, what in missed[:_MISSED_SHOWN]:
        lines.append(Text(safe_text(f"  ✗ {case}, {f'turn {turn}' if turn else 'the end'}: {what}")))
    if len(missed) > _MISSED_SHOWN:
        lines.append(Text(f"  … and {len(missed) - _MISSED_SHOWN} more, in the report"))
    return list(lines)


def _short(measure: Measure | None) -> str:
    return "" if measure is None else "-" if measure.value is None else value_text(measure)


def _personas(scores: Scores, width: int) -> Table:
    lookup = Lookup(scores)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("persona", no_wrap=True)
    columns = [
        ("turns", "detection.kind.accuracy"),
        ("kinds right", "detection.kind.accuracy"),
        ("false claims found", "detection.hallucination.recall"),
        ("anchor kept", "anchor.kept"),
        ("verdict fits", "verdict.recommendation_acceptable"),
    ]
    if width >= _WIDE:
        columns += [
            ("right ones accused", "detection.accused.right_answers"),
            ("level − target", "difficulty.level_minus_target"),
            ("wasted turns", "anchor.wasted_turns"),
        ]
    for label, _ in columns:
        table.add_column(label, justify="right")
    slices = [(persona, {"persona": persona}) for persona in lookup.personas]
    slices += [(f"{key} {value}", {key: value}) for key, value in lookup.crossed]
    for title, where in slices:
        row = []
        for label, name in columns:
            measure = lookup.get(name, **where)
            row.append(str(measure.n) if label == "turns" and measure else _short(measure) or "-")
        table.add_row(safe_text(title), *row)
    return table
