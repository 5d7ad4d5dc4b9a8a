"""One writer a run: a lock on the run folder that names its holder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coach.errors import RunError
from coach.records.lines import storage_error

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for writing while the context lasts.

    Where the system has ``flock``, it lets go of the lock when the process dies, however it dies.

    Raises:
        RunError: another process holds it; says which.
        StorageError: the folder can't be written.
    """
    with hold_by_flock(folder) if fcntl is not None else hold_by_file(folder):
        yield


@contextmanager
def wait_for(file: Path) -> Iterator[None]:
    """Hold a lock on ``file``, waiting for whoever has it; without ``flock`` nobody waits.

    Raises:
        StorageError: the file can't be written.
    """
    try:
        fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_error(file, error) from error
    try:
        if fcntl is not None:
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


@contextmanager
def hold_by_flock(folder: Path) -> Iterator[None]:
    """Hold ``folder`` by a lock on its file ``.lock``, which stays behind unlocked."""
    file = folder / ".lock"
    try:
        fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise storage_error(file, error) from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"{_taken(folder, os.read(fd, 32))}; wait for it or stop it") from error
        except OSError as error:
            raise storage_error(file, error) from error
        _sign(fd, file)
        yield
    finally:
        os.close(fd)


@contextmanager
def hold_by_file(folder: Path) -> Iterator[None]:
    """Hold ``folder`` by the existence of ``.lock.pid``: a killed holder leaves it, so the error names it."""
    file = folder / ".lock.pid"
    try:
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as error:
        raise RunError(f"{_taken(folder, file.read_bytes())}; if there is no such process, delete {file}") from error
    except OSError as error:
        raise storage_error(file, error) from error
    try:
        try:
            _sign(fd, file)
        finally:
            os.close(fd)
        yield
    finally:
        file.unlink(missing_ok=True)


def _sign(fd: int, file: Path) -> None:
    try:
        os.ftruncate(fd, 0)
        os.write(fd, str(os.getpid()).encode())
    except OSError as error:
        raise storage_error(file, error) from error


def _taken(folder: Path, holder: bytes) -> str:
    return f"{folder} is being written by process {holder.decode(errors='replace').strip() or '?'}"
