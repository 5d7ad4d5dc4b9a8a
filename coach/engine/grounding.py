"""Makes the feedback stand on the interview: citations, gaps, confidence. Every change is named."""

from collections.abc import Sequence

from coach.domain.feedback import ConfirmedSkill, InterviewFeedback, KnowledgeGap
from coach.domain.tasks import EvaluatedTurn
from coach.domain.vocabulary import AnswerKind, Quality

LOW_CONFIDENCE = 30
_BEARS_SKILL = frozenset({Quality.EXCELLENT, Quality.GOOD, Quality.ACCEPTABLE})
_BEARS_GAP = frozenset({Quality.POOR, Quality.WRONG})


def is_gap(turn: EvaluatedTurn) -> bool:
    """Return whether a turn shows a gap: a false claim, a bad answer or "I don't know"."""
    return turn.quality in _BEARS_GAP or turn.kind in (AnswerKind.HALLUCINATION, AnswerKind.DONT_KNOW)


def is_skill(turn: EvaluatedTurn) -> bool:
    """Return whether a turn may bear out a skill."""
    return turn.quality in _BEARS_SKILL and not is_gap(turn)


def grounded(feedback: InterviewFeedback, turns: Sequence[EvaluatedTurn]) -> tuple[InterviewFeedback, tuple[str, ...]]:
    """Return ``feedback`` with what the turns don't bear out removed and missing gaps added."""
    changes: list[str] = []
    by_id = {t.turn_id: t for t in turns}
    review = feedback.technical_review
    gaps = _kept_gaps(review.knowledge_gaps, by_id, changes)
    covered = {turn_id for gap in gaps for turn_id in gap.turn_ids}
    for turn in turns:
        if is_gap(turn) and turn.turn_id not in covered and (gap := _gap_of(turn)):
            gaps.append(gap)
            changes.append(f"gap of turn {turn.turn_id} added")
    in_gaps = {turn_id for gap in gaps for turn_id in gap.turn_ids}
    skills = _kept_skills(review.confirmed_skills, by_id, in_gaps, changes)
    verdict = feedback.verdict
    answered = len({q for t in turns if t.quality is not None for q in t.closes if "#" not in q})
    if answered <= 1 and verdict.confidence > LOW_CONFIDENCE:
        changes.append(f"confidence {verdict.confidence} capped: {answered} questions answered")
        verdict = verdict.model_copy(update={"confidence": LOW_CONFIDENCE})
    if not changes:
        return feedback, ()
    review = review.model_copy(update={"confirmed_skills": tuple(skills), "knowledge_gaps": tuple(gaps)})
    return feedback.model_copy(update={"technical_review": review, "verdict": verdict}), tuple(changes)


def _kept_gaps(gaps: Sequence[KnowledgeGap], by_id: dict[int, EvaluatedTurn], changes: list[str]) -> list[KnowledgeGap]:
    kept = []
    for gap in gaps:
        turns = [by_id[i] for i in gap.turn_ids if i in by_id and is_gap(by_id[i])]
        answer = gap.correct_answer.strip() or next(filter(None, map(_correct_answer, turns)), "")
        if not turns or not answer:
            changes.append(f"gap '{gap.topic}' dropped: no turn or no correct answer bears it out")
            continue
        fixed = gap.model_copy(
            update={
                "turn_ids": tuple(t.turn_id for t in turns),
                "question_ids": _question_ids(turns),
                "correct_answer": answer,
            }
        )
        if fixed != gap:
            changes.append(f"gap '{gap.topic}' cites what bears it out")
        kept.append(fixed)
    return kept


def _kept_skills(
    skills: Sequence[ConfirmedSkill],
    by_id: dict[int, EvaluatedTurn],
    in_gaps: set[int],
    changes: list[str],
) -> list[ConfirmedSkill]:
    kept = []
    for skill in skills:
        turns = [by_id[i] for i in skill.turn_ids if i in by_id and i not in in_gaps and is_skill(by_id[i])]
        if not turns:
            changes.append(f"skill '{skill.topic}' dropped: no turn bears it out")
            continue
        fixed = skill.model_copy(
            update={"turn_ids": tuple(t.turn_id for t in turns), "question_ids": _question_ids(turns)}
        )
        if fixed != skill:
            changes.append(f"skill '{skill.topic}' cites what bears it out")
        kept.append(fixed)
    return kept


def _question_ids(turns: Sequence[EvaluatedTurn]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.question_id for t in turns if t.question_id))


def _correct_answer(turn: EvaluatedTurn) -> str:
    if turn.errors:
        return " ".join(e.correction for e in turn.errors)
    return turn.correct_answer or ""


def _gap_of(turn: EvaluatedTurn) -> KnowledgeGap | None:
    answer = _correct_answer(turn)
    if not answer:
        return None
    return KnowledgeGap(
        topic=turn.topic or turn.question[:80] or "-",
        details=turn.errors[0].claim if turn.errors else turn.reply[:200],
        turn_ids=(turn.turn_id,),
        question_ids=(turn.question_id,) if turn.question_id else (),
        correct_answer=answer,
    )
