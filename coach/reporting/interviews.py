"""One interview as the report's page needs it: a row for the list, and the turns as plain data."""

from typing import Any

from coach.records.events import TurnRecord
from coach.records.interview import InterviewRecord
from coach.reporting.transcript import meant_label, seen_label
from coach.scoring.acceptance import turn_checks, verdict_checks
from coach.text.messages import feedback_text


def interview_data(record: InterviewRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (row, data): what the list shows, and what opens below it."""
    turns = [_turn(t) for t in record.turns]
    case = record.cell.case if record.cell else None
    mistakes = sum(1 for t in turns if t["mark"] == "wrong")
    verdict = record.feedback.verdict if record.feedback else None
    fits = bool(verdict and record.truth and verdict.recommendation in record.truth.acceptable)
    known = record.truth is not None and verdict is not None
    row = {
        "id": record.interview_id,
        "case": record.cell.title if record.cell else "chat",
        "persona": case.persona if case else "person",
        "language": record.brief.language.value,
        "turns": len(turns),
        "mistakes": mistakes,
        "acceptable": sum(1 for t in turns if t["mark"] == "acceptable"),
        "outcomes": [
            *_as_scripted(record),
            f"ended by {record.ended_by.value.replace('_', ' ')}",
            f"verdict {verdict.recommendation.value.replace('_', ' ')}" if verdict else "no verdict",
            *([f"verdict {'fits' if fits else 'does not fit'}"] if known else []),
        ],
        "ended_by": record.ended_by.value,
        "blame": record.blame.value,
        "verdict": f"{verdict.grade}, {verdict.recommendation}, {verdict.confidence} %" if verdict else "none",
        "fits": fits,
        "known": known,
    }
    feedback = (
        feedback_text(record.feedback, record.brief.language)
        if record.feedback
        else f"No feedback: {record.no_feedback_reason}."
    )
    last = [[c.met, str(c)] for c in verdict_checks(record)]
    data = {"turns": turns, "last": record.last_message, "feedback": feedback, "expected": last}
    return row, data


def _as_scripted(record: InterviewRecord) -> list[str]:
    checks = [*verdict_checks(record), *(c for t in record.turns for c in turn_checks(t))]
    return [f"{'as' if all(c.met for c in checks) else 'not as'} scripted"] if checks else []


def _turn(turn: TurnRecord) -> dict[str, Any]:
    decision = turn.decision
    return {
        "n": turn.turn_id,
        "question": turn.question_id or "",
        "level": str(turn.difficulty) if turn.question_id and turn.difficulty else "",
        "message": turn.message,
        "reply": turn.reply,
        "meant": meant_label(turn.act) if turn.act else "",
        "seen": seen_label(turn.analysis),
        "mark": mark_of(turn),
        "errors": [[e.claim, e.correction] for e in turn.analysis.errors] if turn.analysis else [],
        "move": str(decision.move) if decision else "",
        "notes": list(decision.notes) if decision else [],
        "overrides": [f"{o.recommended} → {o.decided}: {o.rule}" for o in decision.overrides] if decision else [],
        "step": f"{decision.difficulty_before} → {decision.difficulty_after}"
        if decision and decision.difficulty_before is not decision.difficulty_after
        else "",
        "why": turn.act.expected.why if turn.act and turn.act.expected else "",
        "expected": [[c.met, str(c)] for c in turn_checks(turn)],
        "degraded": list(turn.degraded),
        "thoughts": [[t.sender, t.content] for t in turn.thoughts],
    }


def mark_of(turn: TurnRecord) -> str:
    """Return ``right``, ``acceptable``, ``wrong`` or, where no truth is known, an empty string."""
    if turn.act is None or turn.act.truth.kind is None:
        return ""
    seen = turn.analysis.kind if turn.analysis else None
    if seen is turn.act.truth.kind:
        return "right"
    return "acceptable" if seen in turn.act.truth.acceptable else "wrong"
