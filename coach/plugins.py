"""Users' own parts by entry point: interviewers, models, scorers that an installed package offers by name."""

from collections.abc import Callable
from importlib.metadata import EntryPoints, entry_points
from typing import Any

from coach.errors import UsageError, nearest

ENGINES = "coach.engines"
MODELS = "coach.models"
SCORERS = "coach.scorers"


def offered(group: str) -> tuple[str, ...]:
    """Return the names that installed packages offer in an entry point group, sorted."""
    return tuple(sorted(_of(group).names))


def load(group: str, name: str, what: str) -> Any:
    """Return what the entry point ``name`` leads to.

    Args:
        group: ``coach.engines``, ``coach.models`` or ``coach.scorers``.
        name: of the entry point.
        what: what it is, for messages: ``--engine quiz``.

    Raises:
        UsageError: there is none of that name, or it can't be imported.
    """
    found = _of(group)
    if name not in found.names:
        raise UsageError(f"{what}: there is none among the entry points {group}.{nearest(name, found.names)}")
    return imported(what, found[name].load)


def imported(what: str, load: Callable[[], Any]) -> Any:
    """Return what ``load`` imports. Raises UsageError with what a user's module raised instead."""
    try:
        return load()
    except AttributeError as error:
        raise UsageError(f"{what}: {error}") from error
    except Exception as error:  # a user's module may raise anything while it is imported
        raise UsageError(f"{what}: it can't be imported: {type(error).__name__}: {error}") from error


def _of(group: str) -> EntryPoints:
    return entry_points(group=group)
