"""Prompt sets for people: which there are, what a template says, how two sets differ."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.setup import resolve_prompts
from coach.errors import UsageError, nearest

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.engine.prompts import PromptSet


def list_prompts(library: "Library") -> list[tuple[str, str]]:
    """Return every set and template with what it is."""
    from coach.engine.prompts import DEFAULT

    rows = [("default", "the prompts that ship with coach")]
    rows += [(f"default/{name}", _first_line(DEFAULT, name)) for name in DEFAULT.names]
    for name, folder in library.prompts.items():
        prompts = one_set(name, library)
        rows.append((name, f"{folder}: overrides {', '.join(prompts.overridden)}"))
    return rows


def _first_line(prompts: "PromptSet", name: str) -> str:
    return prompts.path(name).read_text(encoding="utf-8").strip().partition("\n")[0]


def one_set(name: str, library: "Library") -> "PromptSet":
    """Return a prompt set by name or folder. Raises UsageError or ContentError."""
    (prompts,) = resolve_prompts((name,), library).values()
    return prompts


def show_prompt(name: str, library: "Library") -> str:
    """Return a template's text (``SET/en/observer.system`` or ``en/observer.system``), or what a set holds.

    Raises:
        UsageError: there is no such set or template.
    """
    from coach.engine.prompts import DEFAULT

    given, _, template = _parted(name)
    prompts = one_set(given, library)
    if not template:
        lines = [f"{n}  {prompts.path(n)}" for n in prompts.names]
        return "\n".join(lines)
    if template not in DEFAULT.names:
        raise UsageError(f"no template '{template}'.{nearest(template, DEFAULT.names)}")
    path = prompts.path(template)
    return f"{path.read_text(encoding='utf-8').rstrip()}\n{{# {path} #}}"


def _parted(name: str) -> tuple[str, str, str]:
    """Return the set, a slash and the template of ``SET/TEMPLATE``; a bare template is the default's."""
    for language in ("en", "ru"):
        at = name.rfind(f"{language}/")
        if at == 0:
            return "default", "/", name
        if at > 0 and name[at - 1] == "/":
            return name[: at - 1], "/", name[at:]
    return name, "", ""


def diff_prompts(old: str, new: str, library: "Library") -> str:
    """Return what differs between two sets as a unified diff; empty where nothing does."""
    before, after = one_set(old, library), one_set(new, library)
    lines: list[str] = []
    for name in before.names:
        a, b = before.path(name), after.path(name)
        if a != b:
            lines += difflib.unified_diff(
                _lines(a), _lines(b), f"{before.name}/{name}", f"{after.name}/{name}", lineterm=""
            )
    return "\n".join(lines)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
