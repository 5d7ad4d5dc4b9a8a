"""``coach score``: score a run's journal again, without a model call."""

from pathlib import Path

import typer

from coach.cli.app import app


@app.command()
def score(
    run: str = typer.Argument(None, help="A run's path or name. Default: the latest."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
    json_: bool = typer.Option(False, "--json", help="Print scores.json on stdout and nothing else."),
) -> None:
    """Score a run again and write scores.json and report.html."""
    import sys

    from coach.cli.common import console, open_library, open_run
    from coach.cli.results import refresh_results
    from coach.settings import load_settings

    settings = load_settings()
    results = refresh_results(open_run(run, out or settings.runs), open_library(settings, content))
    if json_:
        sys.stdout.write(results.scores_path.read_text(encoding="utf-8"))
    else:
        results.show(console())
