"""``coach estimate``: tokens and money of a matrix before anything is spent."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli import options
from coach.cli.app import app
from coach.cli.simulate import Reach, WordsChoice, find_matrix, matrix_folder, narrowed, set_up

if TYPE_CHECKING:
    from rich.console import Console

    from coach.simulation.estimating import Estimate


@app.command()
def estimate(
    matrix: str = typer.Argument("smoke", help="A matrix by name, or a YAML file."),
    model: options.ModelOption = None,
    variants: int = typer.Option(None, "--variants", min=1, max=1000, help="Differently drawn candidates."),
    epochs: int = typer.Option(None, "--epochs", min=1, max=100, help="How often the same case is asked."),
    turns: int = typer.Option(None, "--turns", min=1, max=200, help="At most so many replies an interview."),
    twins: bool = typer.Option(None, "--twins/--no-twins", help="Also control, oracle and metamorphic twins."),
    persona: list[str] = typer.Option([], "--persona", help="Only this persona (repeatable)."),
    prompts: list[str] = typer.Option([], "--prompts", help="A prompt set: a folder, or default (repeatable)."),
    candidate: WordsChoice = typer.Option(None, "--candidate", help="scripted (default), or in a model's words (llm)."),
    prices: options.PricesOption = None,
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/, scenarios/, prompts/."),
    json_: bool = typer.Option(False, "--json", help="Print one JSON object on stdout and nothing else."),
) -> None:
    """Say what a matrix will take on a model, from its rendered prompts; nothing is called, nothing is spent."""
    import asyncio
    import sys
    from dataclasses import replace

    from coach.cli.common import console, open_library
    from coach.cli.models import open_prices
    from coach.domain.vocabulary import Role
    from coach.offline import Knowledge, OfflineModel
    from coach.settings import load_settings
    from coach.simulation.estimating import estimate as estimate_cells

    settings = load_settings()
    library = open_library(settings, content)
    chosen = narrowed(
        find_matrix(matrix, library),
        library,
        personas=persona,
        scenarios=[],
        languages=[],
        scripts=[],
        attacks=[],
        variants=variants,
        epochs=epochs,
        turns=turns,
        twins=twins,
        seed=None,
    )
    reach = Reach(model, "http://localhost/v1", None, None, None, None, prices, None, None)
    choice = replace(reach.choice(settings), cassette=None)
    setup = set_up(
        chosen,
        library,
        choice,
        prompts=prompts,
        candidate=candidate,
        engine=None,
        judge=None,
        beside=matrix_folder(matrix),
    )
    chosen = chosen.model_copy(update={"prompts": tuple(setup.prompts)})
    cells = chosen.cells(setup.label, library.names)
    offline = OfflineModel(Knowledge.from_banks(library.banks_of(c.case.scenario for c in cells)))
    names = {role: choice.of(role.value) for role in Role}
    found: Estimate = asyncio.run(
        estimate_cells(cells, lambda m: setup.cases(chosen, library, m), offline, names, open_prices(choice))
    )
    if json_:
        sys.stdout.write(found.model_dump_json(indent=1) + "\n")
        return
    _show(found, console())


def _show(found: "Estimate", screen: "Console") -> None:
    from rich.table import Table

    from coach.cli.spending import money

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("agent", "model"):
        table.add_column(name, overflow="fold")
    for name in ("calls", "tokens in", "tokens out", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.roles:
        table.add_row(row.role, row.model, f"{row.calls:,}", f"{row.input:,}", f"{row.output:,}", money(row.usd))
    screen.print(table)
    screen.print(f"\n{found.cells} interviews: about {found.tokens:,} tokens, {money(found.usd)}.")
    if found.sampled < found.cells:
        screen.print(f"Gone through: {found.sampled} of them, scaled up.")
    screen.print(
        "Prompts are rendered as a run would; tokens are estimated from their characters (some 20 % either way). "
        "How long answers are, and what is asked again, is not known beforehand; cached input is priced in full.",
        soft_wrap=True,
    )
