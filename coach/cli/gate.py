"""``coach gate``: whether a run's figures are what its matrix wants; for CI."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli.app import app
from coach.errors import RunIncomplete

if TYPE_CHECKING:
    from coach.scoring.gates import GateResult

FAILED = 1
INCONCLUSIVE = 3


@app.command()
def gate(
    run: str = typer.Argument(None, help="A run's path or name. Default: the latest."),
    baseline: str = typer.Option(None, "--baseline", help="The run that not_worse_than_baseline compares with."),
    strict: bool = typer.Option(False, "--strict", help="Inconclusive is exit code 3, not a warning and 0."),
    matrix: str = typer.Option(None, "--matrix", help="Take the gates from this matrix. Default: the run's own."),
    junit: Path = typer.Option(None, "--junit", help="Also write JUnit XML."),
    summary: Path = typer.Option(None, "--summary", help="Also append Markdown. Default: $GITHUB_STEP_SUMMARY if set."),
    json_: bool = typer.Option(False, "--json", help="Print one JSON object on stdout and nothing else."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
) -> None:
    """Judge a run by the gates of its matrix: pass, fail (exit code 1) or inconclusive."""
    from coach.cli.common import console, open_library, open_run, write_out
    from coach.cli.gating import gates_for, judged
    from coach.reporting.gates import annotations, gates_junit, gates_markdown, gates_table
    from coach.scoring.gates import MOST_UNSCORED, outcome
    from coach.settings import load_settings

    settings = load_settings()
    library = open_library(settings, content)
    runs = out or settings.runs
    folder = open_run(run, runs)
    results = judged(
        folder, library, gates_for(folder, library, matrix), open_run(baseline, runs) if baseline else None
    )
    whole = outcome(results)
    if json_:
        rows = [r.model_dump(mode="json") for r in results]
        sys.stdout.write(
            json.dumps({"run": str(folder.path), "outcome": whole, "gates": rows}, ensure_ascii=False) + "\n"
        )
    else:
        screen = console()
        screen.print(gates_table(results, screen.width))
        for result in results:
            for example in result.counterexamples[:1]:
                screen.print(f"Read it:  coach transcript {folder.path} {example.interview}", soft_wrap=True)
        screen.print(_said(results), soft_wrap=True)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for line in annotations(results):
                screen.print(line, soft_wrap=True)
    if junit is not None:
        write_out(gates_junit(results, folder.path.name), junit)
    step = summary or (Path(os.environ["GITHUB_STEP_SUMMARY"]) if os.environ.get("GITHUB_STEP_SUMMARY") else None)
    if step is not None:
        _append(step, gates_markdown(results, folder.path.name))
    missing, cells = len(folder.missing_cells()), len(folder.manifest.cells)
    if whole != "fail" and missing > MOST_UNSCORED * cells:
        raise RunIncomplete(
            f"{folder.path} lacks {missing} of {cells} interviews, so its gates decide nothing; "
            f"go on with: coach simulate --resume {folder.path}"
        )
    raise typer.Exit(FAILED if whole == "fail" else INCONCLUSIVE if whole == "inconclusive" and strict else 0)


def _said(results: "tuple[GateResult, ...]") -> str:
    counts = {name: sum(r.outcome == name for r in results) for name in ("pass", "fail", "inconclusive")}
    line = f"{counts['pass']} pass, {counts['fail']} fail, {counts['inconclusive']} inconclusive."
    if counts["inconclusive"] and not counts["fail"]:
        line += " Inconclusive is a warning here; with --strict it is exit code 3."
    return line


def _append(path: Path, text: str) -> None:
    from coach.cli.common import storage

    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
