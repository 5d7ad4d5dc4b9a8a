"""The command line: one module a command, all errors turned into one line and an exit code here."""

import os
import signal
import sys
import traceback

import typer
from typer.exceptions import TyperException

from coach import __version__
from coach.errors import CoachError

app = typer.Typer(
    name="coach",
    help="Simulated candidates against a three-agent technical interviewer, scored.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERNAL_ERROR = 70
INTERRUPTED = 130


def _version(value: bool) -> None:
    if value:
        typer.echo(f"coach {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show it."),
) -> None:
    """Simulated candidates against a three-agent technical interviewer, scored."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; see ``coach.errors`` for the codes."""
    try:
        result = app(arguments, standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        show = getattr(error, "show", None)
        if show is not None:
            show()
        else:
            typer.echo(f"error: {error}", err=True)
        return int(getattr(error, "exit_code", 2))
    except CoachError as error:
        typer.echo(f"error: {error}", err=True)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`coach export | head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:  # the last resort: no traceback reaches a user who did not ask for one
        if os.environ.get("COACH_DEBUG"):
            traceback.print_exc()
        typer.echo(
            f"internal error: {type(error).__name__}: {error}\n"
            "This is a defect in coach. Set COACH_DEBUG=1 to see where it happened.",
            err=True,
        )
        return INTERNAL_ERROR
    return result if isinstance(result, int) else 0
