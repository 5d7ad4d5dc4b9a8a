"""``coach simulate``: run simulated candidates against the interviewer, score, report."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli.app import app
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.content.scenario import Matrix


class LanguageChoice(StrEnum):
    """The languages of ``--language``."""

    EN = "en"
    RU = "ru"


@app.command()
def simulate(
    persona: list[str] = typer.Option([], "--persona", help="Only this persona (repeatable)."),
    scenario: list[str] = typer.Option([], "--scenario", help="Only this scenario (repeatable)."),
    language: list[LanguageChoice] = typer.Option([], "--language", help="Only this language (repeatable)."),
    matrix: str = typer.Option(None, "--matrix", help="A matrix by name, or a YAML file. Default: smoke."),
    model: str = typer.Option(None, "--model", help="Which model answers. Default: offline."),
    variants: int = typer.Option(None, "--variants", min=1, max=1000, help="Differently drawn candidates."),
    epochs: int = typer.Option(None, "--epochs", min=1, max=100, help="How often the same case is asked."),
    turns: int = typer.Option(None, "--turns", min=1, max=200, help="At most so many replies an interview."),
    seed: int = typer.Option(None, "--seed", help="The run's seed; the same seed gives the same records."),
    out: Path = typer.Option(None, "--out", help="Where runs go. Default: runs."),
    resume: str = typer.Option(None, "--resume", help="Go on with a run: exactly its missing cells."),
    export_logs: bool = typer.Option(False, "--export-logs", help="Also write both logs of each interview."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
    json_: bool = typer.Option(False, "--json", help="Print one JSON object on stdout and nothing else."),
) -> None:
    """Run simulated candidates against the interviewer, score them, write a report."""
    from coach.cli.common import open_library
    from coach.cli.runs import RunPlan, execute, plan_of
    from coach.settings import load_settings

    settings = load_settings()
    if resume is not None:
        given = [persona, scenario, language, matrix, model, variants, epochs, turns, seed]
        if any(x not in (None, []) for x in given):
            raise UsageError("--resume goes on with the run's own matrix; leave the other choices out")
        plan: RunPlan = plan_of(resume, out or settings.runs, settings, content)
    else:
        library = open_library(settings, content)
        chosen = narrowed(
            find_matrix(matrix, library),
            library,
            personas=persona,
            scenarios=scenario,
            languages=[str(x) for x in language],
            variants=variants,
            epochs=epochs,
            turns=turns,
            seed=seed,
        )
        plan = RunPlan.new(chosen, library, settings=settings, model=model or settings.model, out=out or settings.runs)
    raise typer.Exit(execute(plan, export_logs=export_logs, as_json=json_))


def find_matrix(name: str | None, library: "Library") -> "Matrix":
    """Return a matrix by file or name; the default is ``smoke``."""
    from coach.content import yaml_files
    from coach.content.scenario import Matrix

    if name is None:
        return library.matrices["smoke"]
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return yaml_files.load(path, Matrix)
    return library.matrices[name]


def narrowed(
    matrix: "Matrix",
    library: "Library",
    *,
    personas: list[str],
    scenarios: list[str],
    languages: list[str],
    variants: int | None,
    epochs: int | None,
    turns: int | None,
    seed: int | None,
) -> "Matrix":
    """Return ``matrix`` with the command line's choices, every name checked before anything runs."""
    from coach.content.scenario import Matrix

    changes = {
        "personas": tuple(personas) or None,
        "scenarios": tuple(scenarios) or None,
        "languages": tuple(languages) or None,
        "variants": variants,
        "epochs": epochs,
        "turns": turns,
        "seed": seed,
    }
    data = matrix.model_dump() | {k: v for k, v in changes.items() if v is not None}
    chosen = Matrix.model_validate(data)
    for name in library.personas if chosen.personas == "all" else chosen.personas:
        for attack in library.personas[name].attacks:
            library.attacks[attack]
    for name in chosen.scenarios:
        library.banks[library.scenarios[name].bank]
    return chosen
