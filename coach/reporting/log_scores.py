"""What ``coach score`` prints of interview logs: the figures, the deviations, the logs, what is not known."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coach.reporting.figures import Lookup, interval_text, value_text
from coach.reporting.safe import safe_line
from coach.scoring.model import Measure, Scalar, Scores
from coach.scoring.not_in_logs import NOT_IN_LOGS, OTHERWISE, group_of

_FIGURES = (
    ("meets the schema of the format", "conformance.log_schema"),
    ("one question a message that asks", "conformance.one_question"),
    ("plain text", "conformance.plain_text"),
    ("in the interview's language", "conformance.language"),
    ("asks no question anew", "conformance.no_question_anew"),
    ("thoughts beside the reply", "logs.thoughts"),
    ("thoughts leaked into a message", "logs.thoughts_leaked"),
    ("replies an interview", "logs.turns"),
    ("ended at a stop command", "logs.ended_at_stop"),
    ("nothing asked after a stop", "logs.stop_obeyed"),
    ("feedback there", "logs.feedback"),
    ("  speaks of a verdict", "logs.feedback.verdict"),
    ("  speaks of a grade", "logs.feedback.grade"),
    ("  speaks of a recommendation", "logs.feedback.recommendation"),
    ("  speaks of gaps", "logs.feedback.gaps"),
)
_WIDE = 110
_LISTED = 20


def log_summary(scores: Scores, width: int, *, strict: bool) -> RenderableType:
    """Return the summary; at 110 columns and more its tables have more columns."""
    series = {s.name: s.rows for s in scores.series}
    wide = width >= _WIDE
    parts: list[RenderableType] = [Text(""), _figures(scores, wide), *_unscored(scores)]
    parts += [Text(""), _deviations(series["log_deviations"], wide)]
    if strict and series["log_violations"]:
        parts += [Text(""), *_pairs("Not as the format wants it:", series["log_violations"])]
    parts += [Text(""), _logs(series["logs"], wide)]
    if len(series["logs"]) > _LISTED:
        parts.append(Text(f"… and {len(series['logs']) - _LISTED} more, in the JSON of --output or --json"))
    if series["logs_unread"]:
        parts += [Text(""), *_pairs("Could not be read:", series["logs_unread"])]
    parts += [Text(""), _unknown(scores)]
    for notice in scores.notices:
        parts += [Text(""), Text(safe_line(notice))]
    if strict and scores.unscored_interviews:
        left = "1 log is" if scores.unscored_interviews == 1 else f"{scores.unscored_interviews} logs are"
        parts += [Text(""), Text(f"{left} not scored here: --lenient scores what deviates.")]
    return Group(*parts, Text(""))


def _table(*columns: str, wraps: tuple[str, ...] = (), numbers: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(
            name, justify="right" if name in numbers else "left", no_wrap=name not in wraps, overflow="fold"
        )
    return table


def _figures(scores: Scores, wide: bool) -> Table:
    lookup = Lookup(scores)
    counted = ("value", "95 % interval", "n", *lookup.languages)
    title = f"{scores.interviews} interview log{'' if scores.interviews == 1 else 's'}"
    table = _table(title, *counted, *(["note"] if wide else []), wraps=("note",) if wide else (title,), numbers=counted)
    for label, name in _FIGURES:
        measure = lookup.get(name)
        by_language = [_short(lookup.get(name, language=x)) for x in lookup.languages]
        note = [(measure.note or "") if measure else ""] if wide else []
        count = str(measure.n) if measure else "-"
        table.add_row(label, value_text(measure), interval_text(measure) or "-", count, *by_language, *note)
    return table


def _unscored(scores: Scores) -> Iterator[RenderableType]:
    """Yield a line a reason, with the figures that it leaves without a value."""
    lookup = Lookup(scores)
    reasons: dict[str, list[str]] = {}
    for label, name in _FIGURES:
        measure = lookup.get(name)
        if measure is not None and measure.value is None:
            reasons.setdefault(measure.reason or "", []).append(label.strip())
    for reason, labels in reasons.items():
        yield Text(f"unscored, for {reason}: {', '.join(labels)}")


def _short(measure: Measure | None) -> str:
    return "-" if measure is None or measure.value is None else value_text(measure)


def _deviations(rows: tuple[tuple[Scalar, ...], ...], wide: bool) -> RenderableType:
    if not rows:
        return Text("No deviation from the format.")
    last = "what, and where first" if wide else "what"
    table = _table("deviation", "logs", last, wraps=(last,), numbers=("logs",))
    for name, logs, _, first_log, path, what in rows:
        where = f" (first: {safe_line(f'{first_log} {path}')})" if wide else ""
        table.add_row(str(name), str(logs), f"{what}{where}")
    return table


def _logs(rows: tuple[tuple[Scalar, ...], ...], wide: bool) -> Table:
    folder = _folder([str(row[0]) for row in rows])
    title = f"log, in {safe_line(folder)}" if folder else "log"
    more = ("replies stand", "stopped", "schema") if wide else ()
    table = _table(title, "replies", "lang", *more, "deviations", wraps=(title, "deviations"), numbers=("replies",))
    for name, turns, language, replies, stopped, meets, deviations in rows[:_LISTED]:
        known = [str(replies), _yes(stopped), _yes(meets)] if wide else []
        count = "-" if turns is None else str(turns)
        own = safe_line(str(name)[len(folder) :])
        table.add_row(own, count, str(language or "-"), *known, str(deviations or "-"))
    return table


def _folder(names: Sequence[str]) -> str:
    """Return the folder that all ``names`` lie in, with its slash; nothing where there is none."""
    levels = zip(*(name.split("/")[:-1] for name in names), strict=False)
    shared = [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]
    return "/".join([*shared, ""]) if shared else ""


def _yes(value: Scalar) -> str:
    return "-" if value is None else "yes" if value else "no"


def _pairs(title: str, rows: tuple[tuple[Scalar, ...], ...]) -> Iterator[RenderableType]:
    yield Text(title, style="bold")
    for name, what in rows[:_LISTED]:
        yield Text(f"  {safe_line(str(name))}: {safe_line(str(what))}")
    if len(rows) > _LISTED:
        yield Text(f"  … and {len(rows) - _LISTED} more, in the JSON of --output or --json")


def _unknown(scores: Scores) -> Table:
    """Return a row a group of measures that logs can't show."""
    table = _table("not in a log", "measures", "because", wraps=("because",), numbers=("measures",))
    reasons = (*NOT_IN_LOGS.values(), OTHERWISE)
    groups = Counter((group_of(m.name), m.reason) for m in scores.measures if m.reason in reasons)
    for (group, reason), count in groups.items():
        table.add_row(group, str(count), reason)
    return table
