"""What ``coach evaluate`` prints: the confusion matrix and the figures by language."""

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from coach.reporting.figures import interval_text, slice_text, value_text
from coach.reporting.safe import safe_text
from coach.scoring.evaluation import EvaluationScores

_REASONS = 8
"""At most so many are told apart."""


def evaluation_tables(scores: EvaluationScores) -> Iterator[RenderableType]:
    """Yield the tables; kinds that are neither true nor seen have no row or column."""
    yield Text(f"{scores.lines} replies. Rows: the label. Columns: what the Observer saw.\n")
    yield _confusion(scores)
    yield from _left_out(scores)
    yield Text("")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measure", no_wrap=True)
    table.add_column("language", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right")
    table.add_column("n", justify="right", no_wrap=True)
    for measure in sorted(scores.measures, key=lambda m: m.name):
        if measure.n:
            table.add_row(
                measure.name.removeprefix("evaluate."),
                slice_text(measure.slice).removeprefix("language "),
                value_text(measure),
                interval_text(measure) or measure.reason or measure.note,
                str(measure.n),
            )
    yield table
    yield Text("Lower is better: must_not, injection_flag.false_alarms. Lenient: an acceptable kind counts too.")


def _left_out(scores: EvaluationScores) -> Iterator[Text]:
    """Yield lines about what is not scored, and about answers that gave no analysis."""
    for label, count in scores.unknown_labels.items():
        yield Text(f"The label '{safe_text(label)}' ({count} lines) is no kind of reply: not scored.")
    if scores.unlabelled:
        yield Text(f"Neither label nor must_not ({scores.unlabelled} lines): not scored.")
    if scores.misses:
        yield Text(f"Answers without an analysis, which are misses: {_reasons(scores.misses)}.")
    if scores.unanswered:
        yield Text(f"No answer came, not scored: {_reasons(scores.unanswered)}.")


def _reasons(counts: Mapping[str, int]) -> str:
    """Return reasons and counts, the most frequent first."""
    most = sorted(counts.items(), key=lambda found: -found[1])
    shown = [f"{safe_text(reason)} {count}" for reason, count in most[:_REASONS]]
    others = sum(count for _, count in most[_REASONS:])
    return ", ".join([*shown, f"other {others}"] if others else shown)


def _confusion(scores: EvaluationScores) -> Table:
    matrix = scores.confusion
    used = [j for j in range(len(matrix.columns)) if any(row[j] for row in matrix.counts)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for j in used:
        table.add_column(matrix.columns[j].replace("_", "\n"), justify="right")
    for label, row in zip(matrix.rows, matrix.counts, strict=True):
        table.add_row(label, *(str(row[j]) if row[j] else "·" for j in used))
    return table
