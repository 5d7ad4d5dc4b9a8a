"""``coach report``: write a run's HTML report again."""

from pathlib import Path

import typer

from coach.cli.app import app


@app.command()
def report(
    run: str = typer.Argument(None, help="A run's path or name. Default: the latest."),
    output: Path = typer.Option(None, "--output", "-o", help="Where to write it. Default: in the run."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
) -> None:
    """Write the run's report (scoring it first where that was not done) and say where it is."""
    from coach.cli.common import console, open_library, open_run
    from coach.cli.results import rescore, saved_scores, write_report
    from coach.settings import load_settings

    settings = load_settings()
    folder = open_run(run, out or settings.runs)
    scores = saved_scores(folder) or rescore(folder, open_library(settings, content))
    path = write_report(folder, scores, output)
    console().print(f"Report:  {path}", soft_wrap=True)
