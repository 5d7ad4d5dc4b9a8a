"""Commented examples that a new persona, attack or question starts from."""

import re
from importlib import resources

PLACES: dict[str, dict[str, str]] = {
    "persona": {"persona": "personas/{name}.yaml"},
    "attack": {"attack": "personas/attacks/{name}.yaml"},
    "questions": {
        "bank": "scenarios/questions/{name}/bank.yaml",
        "scenario": "scenarios/{name}.yaml",
        "question": "scenarios/questions/{name}/status-classes.yaml",
    },
    "question": {"question": "scenarios/questions/{bank}/{name}.yaml"},
}
"""By what is made: which templates go where below a content folder."""

_NAME = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


def is_name(text: str) -> bool:
    """Return whether ``text`` can be an id, and so a file's name."""
    return _NAME.fullmatch(text) is not None


def filled(template: str, name: str) -> str:
    """Return the text of a template for ``name``."""
    text = resources.files(__package__).joinpath("skeletons", f"{template}.yaml").read_text(encoding="utf-8")
    return re.sub(r"\bNAME\b", name, text)
