"""The two logs of an interview: the assignment's format exactly, and the detailed one."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from coach.domain.feedback import ConfirmedSkill, KnowledgeGap
from coach.domain.vocabulary import Answers, EndReason, Role
from coach.records.events import CallRecord, TurnRecord
from coach.records.interview import InterviewRecord
from coach.records.lines import storage_error
from coach.records.run import write_whole


def interview_log(record: InterviewRecord, feedback_text: str) -> dict[str, Any]:
    """Return the log in the assignment's format; ``feedback_text`` is the feedback, readable."""
    turns = [
        {
            "turn_id": turn.turn_id,
            "agent_visible_message": turn.message,
            "user_message": turn.reply,
            "internal_thoughts": _thoughts(turn),
        }
        for turn in record.turns
    ]
    if _waits(record):
        turns.append(
            {
                "turn_id": len(turns) + 1,
                "agent_visible_message": record.last_message,
                "user_message": "",
                "internal_thoughts": "",
            }
        )
    reason = f"No feedback: {record.no_feedback_reason or 'the interview was cut off'}."
    return {
        "participant_name": record.participant_name,
        "turns": turns,
        "final_feedback": feedback_text or reason,
    }


def detailed_log(record: InterviewRecord) -> dict[str, Any]:
    """Return the detailed log: state, thoughts, each turn's analysis and decision, tokens."""
    last = record.turns[-1] if record.turns else None
    profile = last.profile if last else None
    review = record.feedback.technical_review if record.feedback else None
    return {
        "participant_name": record.participant_name,
        "candidate_info": {
            "name": profile.name if profile else None,
            "position": profile.position if profile else None,
            "target_grade": profile.grade if profile else None,
            "experience": profile.experience if profile else None,
            "technologies": list(profile.technologies) if profile else [],
        },
        "interview_stats": {
            "total_turns": len(record.turns),
            "final_difficulty": last.next_difficulty if last else None,
            "confirmed_skills": [s.topic for s in review.confirmed_skills] if review else [],
            "knowledge_gaps": [g.topic for g in review.knowledge_gaps] if review else [],
            "covered_topics": _topics(record),
        },
        "turns": [_detailed_turn(t) for t in record.turns],
        "final_feedback": record.feedback.model_dump(mode="json") if record.feedback else None,
        "token_metrics": token_metrics([c for c in record.calls if c.role is not Role.CANDIDATE], len(record.turns)),
    }


def _waits(record: InterviewRecord) -> bool:
    """Return whether the last message still waited for a reply: the words that close an interview do not."""
    if not record.turns or record.ended_by is EndReason.CANDIDATE_LEFT:
        return True
    return record.ended_by is not EndReason.STOP and record.turns[-1].next_question_id is not None


def _topics(record: InterviewRecord) -> list[str]:
    """Return what was covered, in order: topics of answers, and those that the feedback judges."""
    found = [
        (turn.turn_id, topic)
        for turn in record.turns
        if turn.question_id and turn.analysis and turn.analysis.answers is not Answers.NO
        for topic in turn.analysis.topics
    ]
    if record.feedback:
        review = record.feedback.technical_review
        judged: tuple[ConfirmedSkill | KnowledgeGap, ...] = (*review.confirmed_skills, *review.knowledge_gaps)
        found += [(min(j.turn_ids, default=len(record.turns)), j.topic) for j in judged]
    return list(dict.fromkeys(topic for _, topic in sorted(found, key=lambda f: f[0])))


def _thoughts(turn: TurnRecord) -> str:
    return "".join(f"[{t.sender}]: {' '.join(t.content.split())}\n" for t in turn.thoughts)


def _detailed_turn(turn: TurnRecord) -> dict[str, Any]:
    return {
        "turn_id": turn.turn_id,
        "agent_visible_message": turn.message,
        "user_message": turn.reply,
        "asked_at": turn.asked_at.isoformat(),
        "replied_at": turn.replied_at.isoformat(),
        "committed_at": turn.committed_at.isoformat(),
        "internal_thoughts": [{"from": t.sender, "to": t.recipient, "content": t.content} for t in turn.thoughts],
        "question_id": turn.question_id,
        "difficulty": turn.difficulty,
        "analysis": turn.analysis.model_dump(mode="json") if turn.analysis else None,
        "decision": turn.decision.model_dump(mode="json") if turn.decision else None,
        "degraded": list(turn.degraded),
    }


def token_metrics(calls: Iterable[CallRecord], turns: int) -> dict[str, Any]:
    """Return the tokens by agent; a sum with an unknown part is null, an estimate is marked."""
    made = list(calls)
    by_agent = {}
    for role in Role:
        own = [c for c in made if c.role is role]
        if own:
            by_agent[role.value] = _sums(own)
    total = _sums(made)
    tokens = total["total"]
    return {
        "total": total,
        "by_agent": by_agent,
        "turn_count": turns,
        "generation_count": len(made),
        "avg_tokens_per_turn": round(tokens / turns, 1) if turns and tokens is not None else None,
        "avg_tokens_per_generation": round(tokens / len(made), 1) if made and tokens is not None else None,
        "cost": _sum([c.cost for c in made]),
    }


def _sums(calls: list[CallRecord]) -> dict[str, Any]:
    tokens_in = _sum([c.usage.input for c in calls])
    tokens_out = _sum([c.usage.output for c in calls])
    known = tokens_in is not None and tokens_out is not None
    return {
        "input": tokens_in,
        "output": tokens_out,
        "total": (tokens_in or 0) + (tokens_out or 0) if known else None,
        "estimated": any(c.usage.estimated for c in calls),
    }


def _sum(values: "list[int | None] | list[float | None]") -> Any:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def write_logs(record: InterviewRecord, folder: Path, now: datetime, feedback_text: str) -> tuple[Path, Path]:
    """Write both logs and return their paths; two that end in the same second get different names.

    Raises:
        StorageError: they can't be written.
    """
    stamp = _reserve(folder, now)
    log, detailed = _paths(folder, stamp)
    try:
        for path, content in ((detailed, detailed_log(record)), (log, interview_log(record, feedback_text))):
            write_whole(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    finally:
        with suppress(OSError):
            _reservation(folder, stamp).unlink()
    return log, detailed


def _paths(folder: Path, stamp: str) -> tuple[Path, Path]:
    return folder / f"interview_log_{stamp}.json", folder / f"interview_detailed_{stamp}.json"


def _reservation(folder: Path, stamp: str) -> Path:
    return folder / f".{stamp}.reserved"


def _reserve(folder: Path, now: datetime) -> str:
    """Return a stamp that nobody else has: the first free of ``…``, ``…_2``, ``…_3``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number, stamp = 1, f"{now:%Y%m%d_%H%M%S}"
        while not _claim(folder, stamp):
            number += 1
            stamp = f"{now:%Y%m%d_%H%M%S}_{number}"
    except OSError as error:
        raise storage_error(folder, error) from error
    return stamp


def _claim(folder: Path, stamp: str) -> bool:
    """Reserve ``stamp``; return False where it is used or another is writing it."""
    try:
        os.close(os.open(_reservation(folder, stamp), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    # Looked for only now: whoever wrote these had let the reservation go by then.
    used = any(path.exists() for path in _paths(folder, stamp))
    if used:
        _reservation(folder, stamp).unlink()
    return not used
