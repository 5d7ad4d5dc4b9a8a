"""Interview logs of any implementation, from files to scores: what ``coach score PATH …`` does with logs."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.common import console, write_out
from coach.cli.log_paths import LogFiles, find_logs, read_limited, shown
from coach.errors import ContentError
from coach.records.foreign_logs import read_logs
from coach.records.log_files import Unread
from coach.reporting.safe import safe_line
from coach.scoring.logs import CheckedLog, LogBatch, checked, score_logs, without_copies

if TYPE_CHECKING:
    from coach.scoring.model import Scores

DEVIATES = 1
_NAMED = 200


@dataclass(frozen=True, slots=True)
class LogOutput:
    """How the scores of logs are shown."""

    strict: bool
    as_json: bool
    output: Path | None


def score_log_paths(paths: Sequence[Path], how: LogOutput) -> int:
    """Score the logs of ``paths``, show the scores, and return the exit code: 1 where strict finds a deviation.

    Raises:
        ContentError: not one log could be read.
        StorageError: ``how.output`` can't be written.
    """
    batch = collect(find_logs(paths))
    if not batch.logs:
        name, reason = batch.unread[0] if batch.unread else (shown(paths[0]), "holds no log")
        more = len(batch.unread) - 1
        others = f" (and {more} more that can't be read)" if more > 0 else ""
        raise ContentError(f"{safe_line(reason)}{others}", safe_line(name))
    scores = score_logs(batch, run=", ".join(shown(p) for p in paths)[:_NAMED], strict=how.strict)
    text = scores.model_dump_json(indent=1) + "\n"
    if how.output is not None:
        write_out(text, how.output)
    if how.as_json:
        sys.stdout.write(text)
    else:
        _show(scores, how)
    departs = bool(batch.unread) or any(log.read.deviates for log in batch.logs)
    return DEVIATES if how.strict and departs else 0


def collect(found: LogFiles) -> LogBatch:
    """Return the logs of the files that were found, each interview once, and what could not be read."""
    logs: list[CheckedLog] = []
    unread = list(found.unread)
    for path in found.files:
        name = shown(path)
        try:
            data = read_limited(path)
        except ContentError as error:
            unread.append((name, str(error)))
            continue
        for read in read_logs(data):
            if isinstance(read, Unread):
                unread.append((f"{name}{read.place}", read.reason))
            else:
                logs.append(checked(read, f"{name}{read.place}"))
    kept = without_copies(logs)
    return LogBatch(kept, tuple(unread), tuple(_left_out(found, len(logs) - len(kept))))


def _left_out(found: LogFiles, copies: int) -> list[str]:
    notices = []
    if found.detailed:
        what = "1 detailed log stands" if found.detailed == 1 else f"{found.detailed} detailed logs stand"
        notices.append(f"{what} beside a log of the same interview and not in this format: skipped.")
    if copies:
        what = "1 log is a copy" if copies == 1 else f"{copies} logs are copies"
        notices.append(f"{what} of another here: each interview counts once.")
    if found.runs:
        notices.append(f"Runs inside were not looked into; score each by itself: {', '.join(found.runs[:3])}")
    return notices


def _show(scores: "Scores", how: LogOutput) -> None:
    from coach.reporting.log_scores import log_summary

    screen = console()
    screen.print(log_summary(scores, screen.width, strict=how.strict))
    if how.output is not None:
        screen.print(f"Scores:  {safe_line(shown(how.output))}", soft_wrap=True)
    elif how.strict:
        screen.print("Next:    coach schema interview-log", soft_wrap=True)
    else:
        screen.print("Next:    --strict lists each place that deviates; --output FILE keeps the scores", soft_wrap=True)
