"""One interview as text to read: every turn with what was meant and what was seen."""

import re
import textwrap
from collections.abc import Callable, Iterable

from coach.domain.analysis import ObserverAnalysis
from coach.domain.truth import ActRecord
from coach.domain.vocabulary import Role
from coach.records.events import CallRecord, TurnRecord
from coach.records.interview import InterviewRecord
from coach.reporting.safe import safe_text
from coach.scoring.acceptance import Check, turn_checks, verdict_checks
from coach.text.messages import feedback_text

_MIN_WIDTH = 40


Texts = Callable[[str], str | None]
"""Returns a text by its reference, None where the run does not have it."""


def transcript(
    record: InterviewRecord, *, width: int, thoughts: bool, markdown: bool, texts: Texts | None = None
) -> str:
    """Return the interview as plain text of ``width`` columns, or as Markdown.

    With ``texts`` every model call is shown too: the messages as they were sent, and the answer as it came.
    """
    lines = [_title(record, markdown), ""]
    shown: set[str] = set()
    for turn in record.turns:
        lines += _turn(turn, width, thoughts, markdown)
        if texts is not None:
            lines += _calls(
                [c for c in record.calls if c.turn_id == turn.turn_id and not _last(c)], texts, shown, markdown
            )
    if texts is not None:
        lines += _calls([c for c in record.calls if _last(c)], texts, shown, markdown)
    lines += _said("Interviewer", record.last_message, width, markdown)
    blame = f", blame {record.blame}" if record.blame != "none" else ""
    lines += ["", f"Ended by {record.ended_by}{blame}.", *_checked(verdict_checks(record), markdown), ""]
    if record.feedback:
        text = safe_text(feedback_text(record.feedback, record.brief.language))
        lines.append(_fenced(text) if markdown else _wrapped(text, width))
    else:
        lines.append(f"No feedback: {record.no_feedback_reason}.")
    return safe_text("\n".join(lines))


def _last(call: CallRecord) -> bool:
    return call.role is Role.EVALUATOR


def _calls(calls: Iterable[CallRecord], texts: Texts, shown: set[str], markdown: bool) -> list[str]:
    """Return calls as text; a message that was shown before is only named."""
    lines: list[str] = []
    for call in calls:
        facts = [call.model, f"asked by {call.mode}" if call.mode else "", call.outcome, _tokens(call), _money(call)]
        facts += [f"{call.attempts} attempts" if call.attempts > 1 else "", "replayed" if call.replayed else ""]
        head = f"Call {call.number}, {call.role}: {', '.join(f for f in facts if f)}"
        lines += [f"### {head}" if markdown else f"┌ {head}"]
        for tried in call.tries:
            lines.append(f"  tried: {tried.error} ({tried.latency_ms:.0f} ms, then {tried.waited_ms:.0f} ms pause)")
        names = ("system", "user", "assistant")
        for place, ref in enumerate(call.messages):
            # After the first two, the model's answer and what was said of it take turns.
            name = names[place] if place < 2 else names[2 - place % 2]
            if ref in shown:
                lines += [f"[{name}] as before ({ref[:8]})"]
                continue
            shown.add(ref)
            body = texts(ref)
            lines += [
                f"[{name}] ({ref[:8]})",
                _block(body if body is not None else "the run lacks this text", markdown),
            ]
        lines += ["[answer]", _block(call.reply or "none", markdown)]
        if call.error:
            lines.append(f"  problem: {call.error}")
        lines.append("")
    return lines


def _tokens(call: CallRecord) -> str:
    if call.usage.input is None or call.usage.output is None:
        return "tokens unknown"
    about = "about " if call.usage.estimated else ""
    return f"{about}{call.usage.input:,} tokens in, {call.usage.output:,} out"


def _money(call: CallRecord) -> str:
    return "cost unknown" if call.cost is None else f"${call.cost:.6f}" if call.cost else ""


def _block(text: str, markdown: bool) -> str:
    clean = safe_text(text)
    return _fenced(clean) if markdown else "\n".join(f"│ {line}" for line in clean.splitlines())


def _fenced(text: str) -> str:
    """Return ``text`` in a Markdown fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _title(record: InterviewRecord, markdown: bool) -> str:
    case = record.cell.title if record.cell else "chat"
    return f"{'# ' if markdown else ''}{case}  ({record.interview_id})"


def _turn(turn: TurnRecord, width: int, thoughts: bool, markdown: bool) -> list[str]:
    level = f", level {turn.difficulty}" if turn.question_id and turn.difficulty else ""
    question = f"  {turn.question_id}{level}" if turn.question_id else ""
    head = f"Turn {turn.turn_id}{question}"
    lines = [f"## {head}" if markdown else f"── {head} ".ljust(min(width, 72), "─")]
    lines += _said("Interviewer", turn.message, width, markdown)
    lines += _said("Candidate", turn.reply, width, markdown)
    lines.append(_labels(turn))
    if turn.act and turn.act.expected and turn.act.expected.why:
        lines += [f"    expected, since {turn.act.expected.why}"]
    lines += _checked(turn_checks(turn), markdown)
    overrides = turn.decision.overrides if turn.decision else ()
    lines += [f"    override: {o.recommended} -> {o.decided} ({o.rule})" for o in overrides]
    if thoughts:
        for thought in turn.thoughts:
            lines += _said(f"[{thought.sender}]", thought.content, width, markdown)
    return [*lines, ""]


def _checked(checks: Iterable[Check], markdown: bool) -> list[str]:
    """Return what an acceptance script expects, each with whether it came so."""
    return [f"{'- ' if markdown else '    '}{'✓' if c.met else '✗'} {c}" for c in checks]


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
