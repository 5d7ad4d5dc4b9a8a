"""``coach export``: a run's interview records, one a line."""

import sys
from enum import StrEnum
from pathlib import Path

import typer

from coach.cli.app import app


class Format(StrEnum):
    """What a run can be exported as."""

    JSONL = "jsonl"


@app.command()
def export(
    run: str = typer.Argument(None, help="A run's path or name. Default: the latest."),
    format_: Format = typer.Option(Format.JSONL, "--format", help="jsonl: one interview record a line."),
    output: Path = typer.Option(None, "--output", "-o", help="Where to write. Default: stdout."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
) -> None:
    """Write one interview record a line, each with its cell."""
    from coach.cli.common import open_run, storage
    from coach.settings import load_settings

    folder = open_run(run, out or load_settings().runs)
    if output is None:
        for record in folder.records():
            sys.stdout.write(record.model_dump_json() + "\n")
        return
    with storage(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("w", encoding="utf-8") as file:
            for record in folder.records():
                file.write(record.model_dump_json() + "\n")
