"""What a replay could not find, told once an agent, with the diff that explains it."""

from typing import TYPE_CHECKING

from coach.reporting.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.errors import CassetteMiss

_CELLS = 5


def explain_misses(misses: "Sequence[tuple[str, CassetteMiss]]", out: "Console") -> None:
    """Print the agents and cells that a replay stopped at, the first miss of each cell, and a diff an agent."""
    roles = dict.fromkeys(miss.role for _, miss in misses)
    for role in roles:
        own = [(key, miss) for key, miss in misses if miss.role == role]
        out.print(
            f"The {role}'s prompts are not those of the cassette in {len(own)} of {len(misses)} cells that stopped:"
        )
        for key, _ in own[:_CELLS]:
            out.print(f"  {key}", soft_wrap=True)
        if len(own) > _CELLS:
            out.print(f"  … and {len(own) - _CELLS} more")
        first = own[0][1]
        out.print(f"First: {first}", soft_wrap=True)
        if first.diff:
            out.print(safe_text(first.diff), soft_wrap=True)
    out.print(
        "Only the first miss of a cell is known; what follows it can't be. "
        "If the change is meant, record anew with --cassette-mode record.",
        soft_wrap=True,
    )
