"""Scores of interview logs: what their texts show; all else is unscored, each group with its reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from coach.records.foreign_logs import InterviewLog, ReadLog
from coach.records.log_deviations import BEYOND_SCHEMA, DEVIATIONS, Deviation
from coach.scoring.clusters import THESE_PERSONAS
from coach.scoring.figures import Scored, Slice, finished, keep, mean, share, unscored
from coach.scoring.log_checks import SECTIONS, LogRows, rows_of
from coach.scoring.log_replies import Replies, evidence, straightened
from coach.scoring.model import GRADING_VERSION, Measure, Scalar, Scores, Series
from coach.scoring.not_in_logs import not_in_logs

_EXACTLY = "these interviews only"
_NO_LOG = "no log was scored"
_SEED = 0
"""Shares and means draw nothing."""
_LOG_COLUMNS = ("log", "turns", "language", "replies", "ended_at_stop", "meets_schema", "deviations")


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """One log of a file, after its texts were looked at."""

    name: str
    """The file as it was named, and the place in it."""
    read: ReadLog
    replies: Replies


@dataclass(frozen=True, slots=True)
class LogBatch:
    """What was found where logs were looked for."""

    logs: tuple[CheckedLog, ...]
    unread: tuple[tuple[str, str], ...] = ()
    """Name and reason of what could not be read."""
    notices: tuple[str, ...] = ()
    """What was left out on purpose, in words."""


def without_copies(logs: Sequence[CheckedLog]) -> tuple[CheckedLog, ...]:
    """Return ``logs`` with each interview once: copies would count as independent."""
    seen: dict[InterviewLog, CheckedLog] = {}
    for log in logs:
        seen.setdefault(log.read.log, log)
    return tuple(log for log in logs if not log.read.log.turns or seen[log.read.log] is log)


def checked(read: ReadLog, name: str) -> CheckedLog:
    """Return a log with its replies where they belong: a clear shift is named and undone."""
    replies = evidence(read.log.turns).replies
    if replies is Replies.SHIFTED:
        shift = Deviation("reply_shifted", "$.turns[0].user_message")
        read = replace(read, log=straightened(read.log), deviations=(*read.deviations, shift))
    return CheckedLog(name, read, replies)


def score_logs(batch: LogBatch, *, run: str, strict: bool = False) -> Scores:
    """Return the scores of logs; ``strict``: of those alone that deviate in nothing.

    The schema's share is over all that could be read. One interview is one cluster.
    """
    scored = [log for log in batch.logs if not (strict and log.read.deviates)]
    rows = {log.name: rows_of(log.read.log, log.name) for log in scored}
    found = [*finished(_schema(batch.logs), _SEED), *finished(_measures(tuple(rows.values())), _SEED)]
    return Scores(
        grading_version=GRADING_VERSION,
        run=run,
        model="unknown",
        baseline_model=False,
        interviews=len(scored),
        unscored_interviews=len(batch.logs) - len(scored),
        measures=(*map(_noted, found), *not_in_logs({m.name for m in found})),
        confusions=(),
        series=(
            _deviations(batch.logs),
            _logs(batch.logs, rows),
            Series(name="log_violations", columns=("log", "violation"), rows=tuple(_violations(batch.logs))),
            Series(name="logs_unread", columns=("log", "reason"), rows=batch.unread),
        ),
        notices=(*_notices(batch.logs, rows), *batch.notices),
    )


def _noted(measure: Measure) -> Measure:
    """Return a measure whose note speaks of interviews: of personas nothing is known."""
    note = measure.note.replace(THESE_PERSONAS, _EXACTLY) if measure.note else None
    return measure.model_copy(update={"note": note})


def _schema(logs: Sequence[CheckedLog]) -> Iterator[Scored]:
    rows = pd.DataFrame(
        [
            {"persona": x.name, "bank": "", "repeats": x.name, "interview": x.name, "meets": x.read.meets_schema}
            for x in logs
        ]
    )
    hits = rows["meets"] if not rows.empty else pd.Series(dtype=bool)
    yield share("conformance.log_schema", rows, hits, {}, nothing="no log could be read")


def _measures(found: Sequence[LogRows]) -> Iterator[Scored]:
    interviews = pd.DataFrame([f.interview for f in found])
    messages = pd.DataFrame([m for f in found for m in f.messages])
    replies = pd.DataFrame([r for f in found for r in f.replies])
    languages = sorted(interviews["language"].dropna().unique()) if not interviews.empty else []
    by_language: list[Slice] = [{"language": str(x)} for x in languages] if len(languages) > 1 else []
    for where in ({}, *by_language):
        yield from _of_messages(_sliced(messages, where), where)
        yield from _of_replies(_sliced(replies, where), where)
        yield from _of_interviews(_sliced(interviews, where), where)


def _sliced(rows: pd.DataFrame, where: Slice) -> pd.DataFrame:
    return rows[rows["language"] == where["language"]] if where and not rows.empty else rows


def _share_of(name: str, rows: pd.DataFrame, column: str, where: Slice, nothing: str, *, hit: bool = True) -> Scored:
    """Return the share of the rows in which ``column`` is ``hit``; rows in which it is None do not count."""
    if rows.empty:
        return unscored(name, "share", where, nothing)
    told = keep(rows, rows[column].notna())
    return share(name, told, told[column].astype(bool) == hit, where, nothing=nothing)


def _where(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    return rows if rows.empty else keep(rows, rows[column])


def _of_messages(rows: pd.DataFrame, where: Slice) -> Iterator[Scored]:
    none = "no message follows a reply"
    yield _share_of("conformance.one_question", rows, "one_question", where, "no message asks")
    yield _share_of("conformance.plain_text", rows, "plain_text", where, none)
    foreign = none if rows.empty else "no log is in English or Russian"
    yield _share_of("conformance.language", rows, "language_ok", where, foreign)
    yield _share_of("conformance.no_question_anew", rows, "asked_anew", where, "no message asks", hit=False)
    yield _share_of("logs.thoughts_leaked", rows, "leaked", where, none)


def _of_replies(rows: pd.DataFrame, where: Slice) -> Iterator[Scored]:
    yield _share_of("logs.thoughts", rows, "thoughts", where, "no log holds a reply")
    stops = _where(rows, "stop")
    yield _share_of("logs.stop_obeyed", stops, "asked_on", where, "no reply wants to stop", hit=False)


def _of_interviews(rows: pd.DataFrame, where: Slice) -> Iterator[Scored]:
    turns = rows["turns"] if not rows.empty else pd.Series(dtype=float)
    yield mean("logs.turns", rows, turns, "turns", where, nothing=_NO_LOG)
    yield _share_of("logs.ended_at_stop", rows, "ended_at_stop", where, _NO_LOG)
    yield _share_of("logs.feedback", rows, "feedback", where, _NO_LOG)
    said = _where(rows, "feedback")
    for section in SECTIONS:
        yield _share_of(f"logs.feedback.{section}", said, f"feedback_{section}", where, "no log has a feedback")


def _deviations(logs: Sequence[CheckedLog]) -> Series:
    """Return the named deviations that occur: in how many logs, how often, and where first."""
    rows: list[tuple[Scalar, ...]] = []
    for name, what in DEVIATIONS.items():
        having = [(log, d) for log in logs for d in log.read.deviations if d.name == name]
        if having:
            log, first = having[0]
            count = sum(d.count for _, d in having)
            rows.append((name, len(having), count, log.name, first.first, what))
    return Series(
        name="log_deviations", columns=("deviation", "logs", "count", "log", "path", "what"), rows=tuple(rows)
    )


def _logs(logs: Sequence[CheckedLog], rows: Mapping[str, LogRows]) -> Series:
    found: list[tuple[Scalar, ...]] = []
    for log in logs:
        of = rows[log.name].interview if log.name in rows else None
        found.append(
            (
                log.name,
                of["turns"] if of else None,
                of["language"] if of else None,
                log.replies.value,
                of["ended_at_stop"] if of else None,
                log.read.meets_schema,
                ", ".join(d.name for d in log.read.deviations),
            )
        )
    return Series(name="logs", columns=_LOG_COLUMNS, rows=tuple(found))


def _violations(logs: Sequence[CheckedLog]) -> Iterator[tuple[Scalar, ...]]:
    for log in logs:
        for violation in log.read.violations:
            yield log.name, violation
        for deviation in log.read.deviations:
            if deviation.name in BEYOND_SCHEMA:
                yield log.name, f"{deviation.first or '$'}: {DEVIATIONS[deviation.name]} ({deviation.name})"


def _notices(logs: Sequence[CheckedLog], rows: Mapping[str, LogRows]) -> Iterator[str]:
    unclear = sum(log.replies is Replies.UNCLEAR and len(log.read.log.turns) > 1 for log in logs)
    if unclear:
        yield (
            f"In {unclear} of {len(logs)} logs the texts do not tell whether replies stand with the questions that "
            "they answer; these are taken as they are."
        )
    foreign = sum(r.interview["language"] is None and bool(r.messages) for r in rows.values())
    if foreign:
        yield f"{foreign} of {len(rows)} logs are neither English nor Russian: their language is unscored."
