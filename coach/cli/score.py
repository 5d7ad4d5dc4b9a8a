"""``coach score``: score a run's journal again, without a model call; or interview logs of any implementation."""

import os
from pathlib import Path

import typer

from coach.cli.app import app
from coach.errors import UsageError


@app.command()
def score(
    paths: list[str] = typer.Argument(
        None,
        metavar="RUN | LOGS",
        help="A run's path or name; or interview logs: files and folders. Default: the latest run.",
    ),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
    strict: bool = typer.Option(
        None,
        "--strict/--lenient",
        help="Logs: list what deviates from the format and exit with 1; or undo it where that can be (default).",
    ),
    json_: bool = typer.Option(False, "--json", help="Print the scores as JSON on stdout and nothing else."),
    output: Path = typer.Option(None, "--output", "-o", help="Logs: write the scores as JSON."),
) -> int:
    """Score a run again and write scores.json and report.html; or score interview logs of any implementation."""
    from coach.settings import load_settings

    settings = load_settings()
    runs = out or settings.runs
    logs = _logs(paths or [], runs)
    if logs:
        from coach.cli.score_logs import LogOutput, score_log_paths

        return score_log_paths(logs, LogOutput(strict=bool(strict), as_json=json_, output=output))
    if strict is not None or output is not None:
        raise UsageError("--strict, --lenient and --output are for interview logs; a run's scores are in its folder")
    import sys

    from coach.cli.common import console, open_library, open_run
    from coach.cli.results import refresh_results

    results = refresh_results(open_run(paths[0] if paths else None, runs), open_library(settings, content))
    if json_:
        sys.stdout.write(results.scores_path.read_text(encoding="utf-8"))
    else:
        results.show(console())
    return 0


def _logs(names: list[str], runs: Path) -> list[Path]:
    """Return the paths of logs among ``names``; none where a run is meant. Raises UsageError where both are."""
    from coach.cli.log_paths import SUFFIXES, is_run

    def is_log(name: str) -> bool:
        path, exists = Path(name), os.path.lexists(name)
        if is_run(path) or (not exists and is_run(runs / name)):
            return False
        return exists or path.suffix.lower() in SUFFIXES

    found = [Path(name) for name in names if is_log(name)]
    others = [name for name in names if not is_log(name)]
    if len(names) > 1 and others:
        known = is_run(Path(others[0])) or is_run(runs / others[0])
        what = "is a run: score it by itself" if known else "is neither a file nor a folder"
        raise UsageError(f"{others[0]} {what}")
    return found
