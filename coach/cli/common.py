"""What several commands share: the library, a run by name, the model, the console."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coach.errors import StorageError, UsageError, nearest

if TYPE_CHECKING:
    from rich.console import Console

    from coach.content.library import Library
    from coach.records.run import RunFolder
    from coach.settings import Settings


def open_library(settings: "Settings", content: Path | None) -> "Library":
    """Return the content that ships with coach and, above it, the user's."""
    from coach.content.library import Library

    return Library(content or settings.content)


def open_run(run: str | None, out: Path) -> "RunFolder":
    """Return the run named by a path, by a folder's name under ``out``, or the latest."""
    from coach.records.run import RunFolder

    if run is None:
        found = RunFolder.latest(out)
        if found is None:
            raise UsageError(f"no run in {out}; make one with: coach simulate")
        return found
    for path in (Path(run), out / run):
        if path.is_dir():
            return RunFolder.open(path)
    runs = [p.name for p in out.iterdir() if p.is_dir()] if out.is_dir() else []
    raise UsageError(f"no run '{run}'.{nearest(run, runs)}")


def console(*, stderr: bool = False) -> "Console":
    """Return a console; plain where the output is no terminal, as wide as COLUMNS or the terminal says."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False, emoji=False, markup=False)


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn a full or read-only disk into a StorageError that names ``path``."""
    try:
        yield
    except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        raise UsageError(f"{path}: {error.strerror}; name a file in a folder") from error
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}; free space or choose another place") from error


def write_out(text: str, output: Path | None) -> None:
    """Write ``text`` to ``output``, else to stdout."""
    if output is None:
        sys.stdout.write(text)
        return
    with storage(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
