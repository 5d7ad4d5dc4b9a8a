"""``coach new``: commented files to start a persona, an attack family or a question bank from."""

import json
import re
from pathlib import Path

import typer

from coach.cli.app import app
from coach.errors import UsageError, nearest

_KINDS = ("persona", "questions", "attack")


@app.command()
def new(
    kind: str = typer.Argument(help="persona, questions or attack."),
    name: str = typer.Argument(help="Its id, e.g. shy; BANK/ID adds one question to a bank."),
    content: Path = typer.Option(None, "--content", help="Your content folder. Default: the setting, else ./mine."),
) -> None:
    """Write commented files for a persona, a question bank or an attack family; overwrites nothing."""
    from coach.cli.common import console
    from coach.settings import load_settings

    folder = content or load_settings().content or Path("mine")
    files = _files(kind, name)
    taken = [folder / place for place in files if (folder / place).exists()]
    if taken:
        raise UsageError(f"{taken[0]} is there already, nothing was written; choose another name or edit it")
    screen = console()
    for place, (schema, text) in files.items():
        path = folder / place
        if schema == "question":
            text = _at_a_missing_level(text, path.parent)
        up = "/".join([".."] * (len(Path(place).parts) - 1))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_schema(folder, schema)
            path.write_text(f"# yaml-language-server: $schema={up}/schemas/{schema}.json\n{text}", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"can't write {path}: {error.strerror}; choose another folder with --content") from error
        screen.print(str(path), soft_wrap=True)
    screen.print("\nNext:\n" + "\n".join(f"  {line}" for line in _next(kind, name, folder)), soft_wrap=True)


def _files(kind: str, name: str) -> dict[str, tuple[str, str]]:
    """Return, by place below the content folder, the schema's name and the text."""
    from coach.content.templates import PLACES, filled, is_name

    if kind not in _KINDS:
        raise UsageError(f"unknown kind '{kind}'.{nearest(kind, _KINDS)}")
    bank, slash, question = name.partition("/")
    if not is_name(bank) or (slash and not is_name(question)) or (slash and kind != "questions"):
        example = "BANK or BANK/ID" if kind == "questions" else "one word"
        rule = "small letters, digits, '-' and '_', at most 64"
        raise UsageError(f"'{name}' can't be an id: {example}, {rule}, e.g. 'shy_senior'")
    places = PLACES["question"] if slash else PLACES[kind]
    own = question or bank
    found = {}
    for schema, place in places.items():
        path = place.format(name=own, bank=bank)
        found[path] = (schema, filled(schema, Path(path).stem if schema == "question" else own))
    return found


def _at_a_missing_level(question: str, bank: Path) -> str:
    """Return a question's text at the first level that its bank has no question at yet."""
    from coach.domain.vocabulary import Difficulty

    level = re.compile(r"^difficulty: (\w+)$", re.MULTILINE)
    taken = {m[1] for path in bank.glob("*.yaml") for m in level.finditer(path.read_text("utf-8", "replace"))}
    missing = next((d.value for d in Difficulty if d.value not in taken), None)
    return level.sub(f"difficulty: {missing}", question, count=1) if missing else question


def _write_schema(folder: Path, name: str) -> None:
    """Write the JSON Schema that editors check such a file by; a newer one replaces an older."""
    from coach.cli.schemas import SCHEMAS

    path = folder / "schemas" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(SCHEMAS[name][1](), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _next(kind: str, name: str, folder: Path) -> tuple[str, ...]:
    check = f"coach validate {folder}"
    bank = name.split("/")[0]
    run = {
        "persona": f"coach simulate --content {folder} --persona {name}",
        "attack": f"coach simulate --content {folder} --persona strong_senior --attack {name}",
        "questions": f"coach simulate --content {folder} --scenario {bank} --persona honest_junior",
    }[kind]
    return check, run
