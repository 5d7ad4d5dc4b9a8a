"""One interview as text to read: every turn with what was meant and what was seen."""

import re
import textwrap

from coach.domain.analysis import ObserverAnalysis
from coach.domain.truth import ActRecord
from coach.records.events import TurnRecord
from coach.records.interview import InterviewRecord
from coach.reporting.safe import safe_text
from coach.text.messages import feedback_text

_MIN_WIDTH = 40


def transcript(record: InterviewRecord, *, width: int, thoughts: bool, markdown: bool) -> str:
    """Return the interview as plain text of ``width`` columns, or as Markdown."""
    lines = [_title(record, markdown), ""]
    for turn in record.turns:
        lines += _turn(turn, width, thoughts, markdown)
    lines += _said("Interviewer", record.last_message, width, markdown)
    blame = f", blame {record.blame}" if record.blame != "none" else ""
    lines += ["", f"Ended by {record.ended_by}{blame}.", ""]
    if record.feedback:
        text = safe_text(feedback_text(record.feedback, record.brief.language))
        lines.append(_fenced(text) if markdown else _wrapped(text, width))
    else:
        lines.append(f"No feedback: {record.no_feedback_reason}.")
    return safe_text("\n".join(lines))


def _fenced(text: str) -> str:
    """Return ``text`` in a Markdown fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _title(record: InterviewRecord, markdown: bool) -> str:
    case = record.cell.case.key if record.cell else "chat"
    return f"{'# ' if markdown else ''}{case}  ({record.interview_id})"


def _turn(turn: TurnRecord, width: int, thoughts: bool, markdown: bool) -> list[str]:
    level = f", level {turn.difficulty}" if turn.question_id and turn.difficulty else ""
    question = f"  {turn.question_id}{level}" if turn.question_id else ""
    head = f"Turn {turn.turn_id}{question}"
    lines = [f"## {head}" if markdown else f"── {head} ".ljust(min(width, 72), "─")]
    lines += _said("Interviewer", turn.message, width, markdown)
    lines += _said("Candidate", turn.reply, width, markdown)
    lines.append(_labels(turn))
    overrides = turn.decision.overrides if turn.decision else ()
    lines += [f"    override: {o.recommended} -> {o.decided} ({o.rule})" for o in overrides]
    if thoughts:
        for thought in turn.thoughts:
            lines += _said(f"[{thought.sender}]", thought.content, width, markdown)
    return [*lines, ""]


def _said(who: str, text: str, width: int, markdown: bool) -> list[str]:
    clean = safe_text(text)
    if markdown:
        quoted = "\n".join(f"> {line}" for line in clean.splitlines())
        return [f"**{who}**", "", quoted, ""]
    return [f"{who}:", _wrapped(clean, width, indent="    ")]


def _wrapped(text: str, width: int, indent: str = "") -> str:
    columns = max(_MIN_WIDTH, width)
    lines = []
    for line in text.splitlines():
        lead = indent + line[: len(line) - len(line.lstrip())]
        lines.append(textwrap.fill(line.strip(), columns, initial_indent=lead, subsequent_indent=lead))
    return "\n".join(lines)


def _labels(turn: TurnRecord) -> str:
    seen = seen_label(turn.analysis)
    if turn.act is None:
        return f"  = seen: {seen}"
    meant = meant_label(turn.act)
    truth = turn.act.truth
    kind = turn.analysis.kind if turn.analysis else None
    mark = "=" if truth.kind is None or kind is truth.kind else "~" if kind in truth.acceptable else "✗"
    return f"  {mark} meant: {meant} | seen: {seen}"


def meant_label(act: ActRecord) -> str:
    """Return what a candidate meant, in words: kind, act, flags, split."""
    truth = act.truth
    flags = [
        name
        for name, on in (
            ("injection", truth.injection),
            ("hedged", truth.hedged),
            (f"asks {truth.asks}", truth.asks != "no"),
            ("substituted", act.substituted),
            ("held out", act.split == "held_out"),
        )
        if on
    ]
    return f"{truth.kind or 'unscored'} ({', '.join([act.act, *flags])})"


def seen_label(analysis: ObserverAnalysis | None) -> str:
    """Return what the Observer saw, in words: kind, quality, flags."""
    if analysis is None:
        return "no analysis"
    flags = [
        name
        for name, on in (
            (str(analysis.quality), analysis.quality is not None),
            ("injection", analysis.injection),
            ("hedged", analysis.hedged),
            (f"asks {analysis.asks}", analysis.asks != "no"),
            (f"contradicts turn {analysis.contradicts}", analysis.contradicts is not None),
        )
        if on
    ]
    return f"{analysis.kind} ({', '.join(flags)})" if flags else str(analysis.kind)
