"""``coach schema``: the JSON Schemas of what coach reads and writes."""

import json
import sys

import typer

from coach.cli.app import app
from coach.errors import UsageError, nearest


@app.command()
def schema(name: str = typer.Argument(None, help="Which schema. Default: list them.")) -> None:
    """Print a JSON Schema: journal events, records, scores, logs, and each kind of content."""
    from coach.cli.schemas import SCHEMAS

    if name is None:
        for known, (description, _) in SCHEMAS.items():
            sys.stdout.write(f"{known:<18}{description}\n")
        return
    if name not in SCHEMAS:
        raise UsageError(f"unknown schema '{name}'.{nearest(name, SCHEMAS)}")
    sys.stdout.write(json.dumps(SCHEMAS[name][1](), indent=2, ensure_ascii=False) + "\n")
