"""``coach list``, ``show`` and ``validate``: the content that there is, and whether it holds together."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from coach.cli.app import app
from coach.errors import CoachError, ContentError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coach.content.library import Library, Shelf


class Kind(StrEnum):
    """What can be listed and shown."""

    PERSONA = "persona"
    SCENARIO = "scenario"
    QUESTIONS = "questions"
    ATTACK = "attack"
    MATRIX = "matrix"
    SCRIPT = "script"
    MEASURE = "measure"
    RUN = "run"
    PROMPT = "prompt"


@app.command("list")
def list_(
    kind: Kind = typer.Argument(..., help="What to list."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
) -> None:
    """List personas, scenarios, question banks, attacks, matrices, prompt sets, measures or runs."""
    from rich.table import Table

    from coach.cli.common import console, open_library
    from coach.settings import load_settings

    settings = load_settings()
    rows = _rows(kind, open_library(settings, content), out or settings.runs)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, description in rows:
        table.add_row(name, description)
    console().print(table)


def _rows(kind: Kind, library: "Library", out: Path) -> list[tuple[str, str]]:
    if kind is Kind.RUN:
        return [(p.parent.name, str(p.parent)) for p in sorted(out.glob("*/run.json"))]
    if kind is Kind.MEASURE:
        from coach.scoring.registry import MEASURES

        return list(MEASURES.items())
    if kind is Kind.QUESTIONS:
        return [(b.id, f"{b.header.title.en}, {len(b.questions)} questions") for b in library.banks.values()]
    if kind is Kind.PROMPT:
        from coach.cli.prompts import list_prompts

        return list_prompts(library)
    shelf = _shelf(kind, library)
    return [(name, _describe(item)) for name, item in shelf.items()]


def _describe(item: object) -> str:
    text = getattr(item, "description", None) or getattr(item, "title", None)
    return str(text.en) if text else ""


def _shelf(kind: Kind, library: "Library") -> "Shelf[Any]":
    shelves: Mapping[Kind, Shelf[Any]] = {
        Kind.PERSONA: library.personas,
        Kind.SCENARIO: library.scenarios,
        Kind.QUESTIONS: library.banks,
        Kind.ATTACK: library.attacks,
        Kind.MATRIX: library.matrices,
        Kind.SCRIPT: library.scripts,
    }
    return shelves[kind]


@app.command()
def show(
    kind: Kind = typer.Argument(..., help="What it is."),
    name: str = typer.Argument(..., help="Its name; for a question BANK/QUESTION, for a prompt SET or SET/TEMPLATE."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
    out: Path = typer.Option(None, "--out", help="Where runs are. Default: runs."),
    preview: bool = typer.Option(False, "--preview", help="Of a persona: what it would say, act by act."),
    scenario: str = typer.Option("python_backend", "--scenario", help="What --preview asks about."),
) -> None:
    """Show one persona, scenario, question bank, question, attack, matrix, prompt, measure or run."""
    from coach.cli.common import console, open_library, open_run
    from coach.settings import load_settings

    settings = load_settings()
    library = open_library(settings, content)
    screen = console()
    if preview:
        if kind is not Kind.PERSONA:
            raise UsageError("--preview is of a persona: coach show persona NAME --preview")
        screen.print(_preview(name, scenario, library), soft_wrap=True)
        return
    if kind is Kind.RUN:
        manifest = open_run(name, out or settings.runs).manifest
        screen.print(manifest.model_dump_json(indent=2, exclude={"cells"}), soft_wrap=True)
        return
    if kind is Kind.MEASURE:
        screen.print(_measure(name), soft_wrap=True)
        return
    if kind is Kind.PROMPT:
        from coach.cli.prompts import show_prompt

        screen.print(show_prompt(name, library), soft_wrap=True)
        return
    bank, _, question = name.partition("/")
    shelf = _shelf(kind, library)
    shelf[bank]
    file = shelf.files[bank]
    if kind is Kind.QUESTIONS and question:
        known = [q.id for q in library.banks[bank].questions]
        if question not in known:
            raise UsageError(f"bank '{bank}' has no question '{question}'.{nearest(question, known)}")
        file = file.parent / f"{question}.yaml"
    elif kind is Kind.QUESTIONS:
        for entry in library.banks[bank].questions:
            held_out = " (held out)" if entry.split == "held_out" else ""
            screen.print(f"{entry.difficulty:<13} {bank}/{entry.id}{held_out}", soft_wrap=True)
            screen.print(f"              {entry.question.en}", soft_wrap=True)
        return
    screen.print(file.read_text(encoding="utf-8").rstrip(), soft_wrap=True)
    screen.print(f"# {file}", soft_wrap=True)


def _preview(name: str, scenario: str, library: "Library") -> str:
    """Return what a persona would say, in both languages, each act with its true kind."""
    from coach.candidates import Sources
    from coach.candidates.preview import preview
    from coach.domain.vocabulary import Language

    persona, about = library.personas[name], library.scenarios[scenario]
    lines = []
    for language in Language:
        sources = Sources(
            persona=persona,
            bank=library.bank_of(about.id),
            phrases=library.phrases,
            attacks=tuple(library.attacks[a] for a in persona.attacks),
            language=language,
            roles=about.roles_in(language),
            delivers=None,
        )
        lines.append(f"{persona.title.in_(language)} ({language})\n")
        act = None
        for said in preview(sources):
            if said.act != act:
                lines.append(f"  {said.act}: truly {said.kind}")
            act = said.act
            lines.append(f"    {said.text}")
        lines.append("")
    return "\n".join(lines).rstrip()


def _measure(name: str) -> str:
    from coach.scoring.registry import MEASURES

    if name not in MEASURES:
        raise UsageError(f"unknown measure '{name}'.{nearest(name, MEASURES)}")
    return f"{name}: {MEASURES[name]}"


def _gate_problems(library: "Library") -> "list[CoachError]":
    """Return the gates of matrices that are on no measure, or could never be passed."""
    from coach.cli.gating import check

    found: list[CoachError] = []
    for name in library.matrices:
        try:
            matrix = library.matrices[name]
            if matrix.gates:
                check(matrix.gates, matrix.cells("", library.names), library)
        except UsageError as error:
            found.append(ContentError(str(error), library.matrices.files[name]))
        except ContentError:
            continue  # said already
    return found


@app.command()
def validate(
    path: Path = typer.Argument(None, help="A content folder or one YAML file. Default: all that coach finds."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/ and scenarios/."),
    notes: bool = typer.Option(False, "--notes", help="Also say which answers of the banks should be looked at."),
) -> None:
    """Check personas, attacks, scenarios, matrices, scripts and question banks; name file and line."""
    from coach.cli.common import console, open_library
    from coach.content.checks import check_file, check_library
    from coach.settings import load_settings

    settings = load_settings()
    if path is not None and path.is_file():
        if notes:
            raise UsageError("--notes is about whole banks: name a content folder, or nothing")
        problems, count = check_file(path), 1
    else:
        library = open_library(settings, path or content)
        problems, count = check_library(library)
        problems += _gate_problems(library)
    screen = console()
    for problem in problems:
        screen.print(str(problem), soft_wrap=True)
    if problems:
        raise ContentError(f"{len(problems)} problems in {count} files")
    if notes:
        from coach.offline.lint import look_at

        for name, bank in library.banks.items():
            for note in look_at(bank, library.banks.files[name].parent):
                screen.print(f"note: {note}", soft_wrap=True)
    screen.print(f"{count} files, no problem", soft_wrap=True)
