"""What ``coach evaluate`` prints: the confusion matrix and the figures by language."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from coach.reporting.figures import interval_text, slice_text, value_text
from coach.reporting.safe import safe_text
from coach.scoring.evaluation import EvaluationScores


def evaluation_tables(scores: EvaluationScores) -> Iterator[RenderableType]:
    """Yield the tables; kinds that are neither true nor seen have no row or column."""
    yield Text(f"{scores.lines} replies. Rows: the label. Columns: what the Observer saw.\n")
    yield _confusion(scores)
    for label, count in scores.unknown_labels.items():
        yield Text(f"The label '{safe_text(label)}' ({count} lines) is no kind of reply: not scored.")
    yield Text("")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measure", no_wrap=True)
    table.add_column("language", no_wrap=True)
    for name in ("value", "95 % interval", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for measure in sorted(scores.measures, key=lambda m: m.name):
        if measure.n:
            table.add_row(
                measure.name.removeprefix("evaluate."),
                slice_text(measure.slice).removeprefix("language "),
                value_text(measure),
                interval_text(measure) or "-",
                str(measure.n),
            )
    yield table


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
