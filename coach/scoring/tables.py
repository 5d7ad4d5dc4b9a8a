"""The three tables that every scorer reads: interviews, turns, calls. One pass over the records.

Columns are documented beside where they are made; ``repeats`` is what recurs within a persona (the
question, the payload or the act), by which rows cluster where there are few personas.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pandas as pd

from coach.content.bank import Bank
from coach.content.scenario import GENERATED
from coach.domain.analysis import CandidateProfile, ObserverAnalysis
from coach.domain.decision import ClosedBy
from coach.domain.truth import Truth
from coach.domain.vocabulary import AnswerKind, Asks, Split
from coach.records.events import TurnRecord
from coach.records.interview import InterviewRecord
from coach.scoring import acceptance
from coach.scoring.compact import NO_ANALYSIS, named, stacked
from coach.scoring.injection import attempt
from coach.scoring.messages import OURS, MessageChecks, exposes_question

_AT_ONCE = 200
"""Interviews whose rows are in memory as Python's own values at one time."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Interviews, turns and calls of one run, and what its acceptance scripts expect."""

    interviews: pd.DataFrame
    turns: pd.DataFrame
    calls: pd.DataFrame
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)

    def only(self, keep: "Callable[[pd.DataFrame], pd.Series[bool]]") -> "Tables":
        """Return the rows of every table that ``keep`` wants."""
        return Tables(*(t if t.empty else t[keep(t)] for t in (self.interviews, self.turns, self.calls, self.checks)))

    def twin(self, name: str) -> "Tables":
        """Return the rows of one twin's interviews; the empty name: of the interviews themselves."""
        return self.only(lambda rows: rows["twin"] == name)


def build_tables(records: Iterable[InterviewRecord], banks: Mapping[str, Bank]) -> Tables:
    """Return the tables of ``records``; memory holds rows, not records."""
    checks = MessageChecks(banks)
    parts = [_table_rows(some, banks, checks) for some in batched(records, _AT_ONCE)]
    kinds = zip(*parts, strict=True) if parts else ((),) * 4
    return Tables(*(stacked(kind) for kind in kinds))


def _table_rows(
    records: Iterable[InterviewRecord], banks: Mapping[str, Bank], checks: MessageChecks
) -> tuple[pd.DataFrame, ...]:
    """Return interviews, turns, calls and expectations of some records."""
    interviews: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    expected: list[dict[str, Any]] = []
    for record in records:
        key = {**_key(record), **_exposed(record)}
        histories = _histories(record)
        own = [
            _turn(record, turn, i, checks, key, (histories[i - 1] if i else 0, histories[i]))
            for i, turn in enumerate(record.turns)
        ]
        _mark_answers(own)
        _mark_deliveries(own)
        turns += own
        calls += [
            {
                **key,
                "repeats": key["case"],
                "agent": c.role.value,
                "turn_id": c.turn_id,
                "input": c.usage.input,
                "cached": c.usage.cached,
                "output": c.usage.output,
                "reasoning": c.usage.reasoning,
                "estimated": c.usage.estimated,
                "usd": c.cost,
                "latency_ms": c.latency_ms,
                "outcome": c.outcome,
                "attempts": c.attempts,
                "waited_ms": sum(t.waited_ms for t in c.tries),
                "replayed": c.replayed,
            }
            for c in record.calls
        ]
        interviews.append(_interview(record, own, key, banks.get(str(key["bank"]))))
        expected += acceptance.rows(record, key)
    return tuple(named(pd.DataFrame(rows)) for rows in (interviews, turns, calls, expected))


def batched(items: Iterable[InterviewRecord], size: int) -> Iterator[list[InterviewRecord]]:
    """Yield ``size`` items at a time."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def _key(record: InterviewRecord) -> dict[str, Any]:
    """Return what every row of an interview carries."""
    case = record.cell.case if record.cell else None
    return {
        "interview": record.interview_id,
        "case": case.key if case else record.cell_key,
        "persona": case.persona if case else "person",
        "bank": (record.truth.bank if record.truth else None) or "",
        "scenario": record.brief.scenario,
        "language": record.brief.language.value,
        "variant": case.variant if case else 0,
        "model": record.cell.model if record.cell else "",
        "prompts": record.cell.prompts if record.cell else "",
        "rubric": record.cell.rubric.value if record.cell else "",
        "epoch": record.cell.epoch if record.cell else 0,
        "twin": record.cell.twin.value if record.cell and record.cell.twin else "",
        "blame": record.blame.value,
    }


def _histories(record: InterviewRecord) -> list[int]:
    """Return, by turn, what identifies all that was said up to its reply."""
    said = hashlib.sha256()
    found = []
    for turn in record.turns:
        said.update(f"{turn.message}\0{turn.reply}\0".encode("utf-8", "surrogatepass"))
        found.append(int.from_bytes(said.digest()[:7]))
    return found


def _turn(
    record: InterviewRecord,
    turn: TurnRecord,
    index: int,
    checks: MessageChecks,
    key: dict[str, Any],
    told: tuple[int, int],
) -> dict[str, Any]:
    truth = turn.act.truth if turn.act else None
    before, history = told
    seen = turn.analysis
    question = (truth.question_id if truth else None) or turn.question_id
    payload = turn.act.payload_id if turn.act else None
    repeats = payload or (question or "").split("#")[0] or (turn.act.act if turn.act else "turn")
    last = index == len(record.turns) - 1
    found = checks.of(record, turn)
    return {
        **key,
        "repeats": repeats,
        "turn_id": turn.turn_id,
        "act": turn.act.act if turn.act else None,
        "planned": turn.act.planned if turn.act else None,
        "payload": payload,
        "substituted": bool(turn.act and turn.act.substituted),
        "held_out": bool(turn.act and turn.act.split is Split.HELD_OUT),
        "question": question,
        "active": turn.question_id,
        "next_active": turn.next_question_id,
        "misconception": truth.misconception_id if truth else None,
        "true_kind": truth.kind.value if truth and truth.kind else None,
        "acceptable": bool(truth and seen and seen.kind in truth.acceptable),
        "true_quality": truth.quality.value if truth and truth.quality else None,
        "history": history,
        "before": before,
        "true_answers": truth.answers.value if truth else None,
        "seen_kind": seen.kind.value if seen else NO_ANALYSIS,
        "seen_quality": seen.quality.value if seen and seen.quality else None,
        **_flags("true", truth),
        **_flags("seen", seen),
        "difficulty": turn.difficulty.rank if turn.difficulty else None,
        "next_difficulty": turn.next_difficulty.rank if turn.next_difficulty else None,
        "target": record.truth.target.rank if record.truth and key["bank"] != GENERATED else None,
        "closed_root": _closed_root(turn),
        "given_up": any(c.by is ClosedBy.GIVEN_UP for c in turn.decision.closed) if turn.decision else False,
        "ends": turn.decision.end is not None if turn.decision else last,
        "degraded_analysis": "analysis" in turn.degraded,
        "degraded_message": "message" in turn.degraded,
        **_worded(turn),
        **found,
        **attempt(record, turn, found),
    }


def _worded(turn: TurnRecord) -> dict[str, Any]:
    """Return how the turn's act came by its words; ``worded`` is None where no model was asked for them."""
    worded = turn.act.worded if turn.act else None
    asked = worded is not None and (worded.source == "model" or bool(worded.rejected))
    return {
        "worded": worded.source if worded and asked else None,
        "rejected": len(worded.rejected) if worded else 0,
        "not_carried_out": bool(worded and worded.flags),
    }


def _exposed(record: InterviewRecord) -> dict[str, bool]:
    """Return what the interviewer shows of itself; our own shows all, a user's what stands in any of its turns."""
    ours = record.engine == OURS
    return {
        "exposes_analysis": ours or any(t.analysis or t.degraded for t in record.turns),
        "exposes_question": exposes_question(record),
        "exposes_level": ours or any(t.decision and t.difficulty for t in record.turns),
    }


def _flags(side: str, source: Truth | ObserverAnalysis | None) -> dict[str, bool]:
    """Return the flags of a truth or an analysis; all False where there is none."""
    if source is None:
        return dict.fromkeys((f"{side}_{f}" for f in FLAGS), False)
    stop = source.stop if isinstance(source, Truth) else source.kind is AnswerKind.STOP_COMMAND
    return {
        f"{side}_injection": source.injection,
        f"{side}_hedged": source.hedged,
        f"{side}_asks": source.asks is not Asks.NO,
        f"{side}_errors": bool(source.errors),
        f"{side}_contradicts": source.contradicts is not None,
        f"{side}_stop": stop,
    }


FLAGS = ("injection", "hedged", "asks", "errors", "contradicts", "stop")
"""Each a detector of its own."""


def _closed_root(turn: TurnRecord) -> str | None:
    """Return the bank question that this turn closed by the candidate, if any."""
    if turn.decision is None:
        return None
    roots = [c.question_id for c in turn.decision.closed if c.by_candidate and "#" not in c.question_id]
    return roots[0] if roots else None


def _mark_deliveries(turns: list[dict[str, Any]]) -> None:
    """Name what is delivered for the first time in its interview: by ``delivery`` two runs and twins pair their turns.

    The act, the question it is about and the payload with its step; None for what was said before.
    """
    before: set[str] = set()
    for turn in turns:
        name = "|".join(str(turn[key] or "") for key in ("planned", "question", "payload", "attack_step"))
        turn["delivery"] = name if turn["act"] is not None and name not in before else None
        before.add(name)


def _mark_answers(turns: list[dict[str, Any]]) -> None:
    """Number the answered questions of one interview: ``answer`` 1, 2, … where a turn closes one."""
    count = 0
    asked = {_root(turns[0]["active"])} if turns else set()
    previous = next(iter(asked), None)
    for turn in turns:
        count += turn["closed_root"] is not None
        turn["answer"] = count if turn["closed_root"] else None
        root = _root(turn["next_active"])
        turn["asked_anew"] = root != previous and root in asked if root else None
        if root:
            asked.add(root)
            previous = root


def _root(question_id: str | None) -> str | None:
    return question_id.split("#")[0] if question_id else None


def _interview(
    record: InterviewRecord, turns: list[dict[str, Any]], key: dict[str, Any], bank: Bank | None
) -> dict[str, Any]:
    # A persona whose answers no bank has shows no grade: what it shows is the model's that writes them.
    truth = record.truth if key["bank"] != GENERATED else None
    feedback = record.feedback
    verdict = feedback.verdict if feedback else None
    soft = feedback.soft_skills if feedback else None
    profile = record.turns[-1].profile if record.turns else None
    said = next((t.act.truth.profile for t in record.turns if t.act and t.act.truth.profile), None)
    return {
        **key,
        "repeats": key["case"],
        "turns": len(turns),
        "ended_by": record.ended_by.value,
        "true_grade": truth.true_grade.rank if truth else None,
        "claimed_grade": truth.claimed_grade.rank if truth and truth.claimed_grade else None,
        "required_grade": truth.required_grade.rank if truth else None,
        "expected": tuple(r.value for r in truth.acceptable) if truth else (),
        "target": truth.target.rank if truth else None,
        "grade": verdict.grade.rank if verdict else None,
        "recommendation": verdict.recommendation.value if verdict else None,
        "confidence": verdict.confidence if verdict else None,
        "honesty": soft.honesty.value.value if soft else None,
        "engagement": soft.engagement.value.value if soft else None,
        "expected_honesty": tuple(h.value for h in truth.honesty) if truth else (),
        "expected_engagement": tuple(e.value for e in truth.engagement) if truth else (),
        **_extraction(_profile(said, bank) if _exposes_profile(record) else {}, _profile(profile, bank)),
        **_grounding(record, turns),
    }


def _profile(profile: CandidateProfile | None, bank: Bank | None) -> dict[str, Any]:
    """Return a profile's fields, the technologies as the bank calls them: "Postgres" is "postgresql"."""
    if profile is None:
        return {}
    fields = profile.model_dump(mode="json")
    if bank is not None:
        fields["technologies"] = list(bank.header.in_own_words(profile.technologies))
    return fields


def _exposes_profile(record: InterviewRecord) -> bool:
    return record.engine == OURS or any(t.profile for t in record.turns)


PROFILE_FIELDS = ("name", "position", "grade", "experience", "technologies")


def _extraction(true: dict[str, Any], seen: dict[str, Any]) -> dict[str, float | None]:
    """Return, by field, which part of what was said was extracted and the other way round; None: nothing to find."""
    found: dict[str, float | None] = {}
    for name in PROFILE_FIELDS:
        one, other = true.get(name), seen.get(name)
        found[f"profile_{name}_recall"] = _common(one, other) if one else None
        found[f"profile_{name}_precision"] = _common(other, one) if true and other else None
    return found


def _common(one: object, other: object) -> float:
    """Return the part of ``one`` that ``other`` has too: 0 or 1, between them only for a list."""
    if isinstance(one, list) and isinstance(other, list):
        mine, theirs = ({str(x).strip().lower() for x in each} for each in (one, other))
        return len(mine & theirs) / len(mine) if mine else 0.0
    return float(bool(one) and bool(other) and str(one).strip().lower() == str(other).strip().lower())


def _grounding(record: InterviewRecord, turns: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how the feedback's citations agree with the truth of the turns that they cite."""
    review = record.feedback.technical_review if record.feedback else None
    by_id = {t["turn_id"]: t for t in turns}
    gap_turns = {t["turn_id"] for t in turns if _is_true_gap(t)}
    skills = [i for s in review.confirmed_skills for i in s.turn_ids] if review else []
    named = review.knowledge_gaps if review else ()
    gaps = [i for g in named for i in g.turn_ids]
    good = ("excellent", "good", "acceptable")
    return {
        "skills_cited": len(skills),
        "skills_right": sum(1 for i in skills if by_id.get(i, {}).get("true_quality") in good and i not in gap_turns),
        "gaps_cited": len(gaps),
        "gaps_right": sum(1 for i in gaps if i in gap_turns),
        "gaps_true": len(gap_turns),
        "gaps_found": len(gap_turns & set(gaps)),
        "gap_entries": len(named),
        "gap_entries_answered": sum(1 for g in named if g.correct_answer.strip()),
        "gap_entries_false": sum(1 for g in named if not gap_turns & set(g.turn_ids)),
    }


def _is_true_gap(turn: dict[str, Any]) -> bool:
    bad = turn["true_quality"] in ("poor", "wrong")
    return bad or turn["true_kind"] in (AnswerKind.HALLUCINATION.value, AnswerKind.DONT_KNOW.value)
