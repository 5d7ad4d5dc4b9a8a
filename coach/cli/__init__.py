"""What people start. Heavy imports stay inside the commands, so that ``--help`` is quick."""

from coach.cli import (  # noqa: F401 - importing registers the command
    chat,
    compare,
    content,
    diff,
    doctor,
    estimate,
    evaluate,
    export,
    gate,
    judge,
    label,
    new,
    report,
    schema,
    score,
    simulate,
    transcript,
)
from coach.cli.app import app, main, run

__all__ = ["app", "main", "run"]
