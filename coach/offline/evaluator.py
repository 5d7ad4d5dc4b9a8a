"""The offline Evaluator: the likeliest grade on the shared scale, and feedback that cites its turns."""

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from coach.domain.feedback import (
    Clarity,
    ClarityNote,
    ConfirmedSkill,
    Engagement,
    EngagementNote,
    Honesty,
    HonestyNote,
    InterviewFeedback,
    KnowledgeGap,
    Roadmap,
    RoadmapItem,
    SoftSkills,
    TechnicalReview,
    Verdict,
)
from coach.domain.tasks import EvaluatedTurn, EvaluatorTask
from coach.domain.vocabulary import (
    GOOD_QUALITIES,
    GRADE_SCALE,
    AnswerKind,
    Difficulty,
    Grade,
    Language,
    Quality,
    Recommendation,
    acceptable_recommendations,
    target_difficulty,
)

_SURE = 0.02
"""No answer is quite certain or quite impossible at any grade: slips and luck."""
_CEILING = 30
"""Most confidence on one answered question or none."""
_PER_ANSWER = 12
"""How much more each further answered question allows."""
_DETOURS = frozenset({AnswerKind.OFF_TOPIC, AnswerKind.GIBBERISH, AnswerKind.PROMPT_INJECTION, AnswerKind.QUESTION})


@cache
def _words(language: Language) -> dict[str, Any]:
    text = files("coach.offline").joinpath("data/evaluator.yaml").read_text("utf-8")
    loaded = yaml.safe_load(text)
    own: dict[str, Any] = loaded[language.value] | {"resources": loaded["resources"][language.value]}
    return own


def evaluate(task: EvaluatorTask) -> InterviewFeedback:
    """Return the feedback on one interview; the same interview gets the same feedback."""
    words = _words(task.language)
    scored = [t for t in task.turns if t.closes and t.quality is not None and t.difficulty is not None]
    chances = shown(posterior(scored), scored)
    grade = max(chances, key=lambda g: (chances[g], -g.rank))
    false_claims = [t for t in task.turns if _is_false(t)]
    recommendation = acceptable_recommendations(grade, task.required_grade)[0]
    if recommendation is Recommendation.STRONG_HIRE and len(false_claims) >= 2:
        recommendation = Recommendation.HIRE
    gaps = [t for t in task.turns if _is_gap(t)]
    skills = [t for t in scored if t not in gaps]
    verdict = Verdict(
        grade=grade,
        recommendation=recommendation,
        confidence=_confidence(chances, task, len(scored), len(false_claims)),
    )
    return InterviewFeedback(
        verdict=verdict,
        technical_review=TechnicalReview(
            confirmed_skills=tuple(_skill(t, words) for t in skills),
            knowledge_gaps=tuple(g for t in gaps if (g := _gap(t, words))),
        ),
        soft_skills=_soft_skills(task, scored, false_claims, words),
        roadmap=_roadmap(gaps, words),
        general_comments=_comment(scored, recommendation, words),
    )


def posterior(scored: Sequence[EvaluatedTurn]) -> dict[Grade, float]:
    """Return P(grade | answers) from a uniform prior; an acceptable answer counts half as a good one."""
    logs = dict.fromkeys(Grade, 0.0)
    for turn in scored:
        if turn.difficulty is None:
            continue
        weight = 1.0 if turn.quality in GOOD_QUALITIES else 0.5 if turn.quality is Quality.ACCEPTABLE else 0.0
        for grade in Grade:
            good = min(1 - _SURE, max(_SURE, GRADE_SCALE[grade][turn.difficulty.rank]))
            logs[grade] += weight * math.log(good) + (1 - weight) * math.log(1 - good)
    top = max(logs.values())
    raw = {grade: math.exp(value - top) for grade, value in logs.items()}
    total = sum(raw.values())
    return {grade: value / total for grade, value in raw.items()}


def shown(chances: dict[Grade, float], scored: Sequence[EvaluatedTurn]) -> dict[Grade, float]:
    """Return the chances of the grades that the interview could show; the others are 0.

    A grade counts only if a good answer was given at its own level or above: easy answers alone, however
    good, show no senior. The lowest two grades have BASIC for their level and always count.
    """
    good = [t.difficulty.rank for t in scored if t.difficulty and t.quality in GOOD_QUALITIES]
    best = max(good, default=0)
    left = {g: p if target_difficulty(GRADE_SCALE[g]).rank <= best else 0.0 for g, p in chances.items()}
    total = sum(left.values())
    return {grade: chance / total for grade, chance in left.items()}


def _confidence(chances: dict[Grade, float], task: EvaluatorTask, answered: int, false_claims: int) -> int:
    """Return the chance that the recommendation is right, in percent; bounded by how much was answered."""
    fits = sum(
        chance
        for grade, chance in chances.items()
        if (grade.rank < task.required_grade.rank)
        == (max(chances, key=lambda g: chances[g]).rank < task.required_grade.rank)
    )
    percent = round(100 * fits) - 5 * false_claims
    ceiling = _CEILING if answered <= 1 else min(95, _CEILING + _PER_ANSWER * (answered - 1))
    return max(5, min(ceiling, percent))


def _is_false(turn: EvaluatedTurn) -> bool:
    return turn.kind is AnswerKind.HALLUCINATION


def _is_gap(turn: EvaluatedTurn) -> bool:
    bad = turn.quality in (Quality.POOR, Quality.WRONG)
    return bad or turn.kind in (AnswerKind.HALLUCINATION, AnswerKind.DONT_KNOW)


def _question_ids(turn: EvaluatedTurn) -> tuple[str, ...]:
    return (turn.question_id,) if turn.question_id else ()


def _skill(turn: EvaluatedTurn, words: dict[str, Any]) -> ConfirmedSkill:
    return ConfirmedSkill(
        topic=turn.topic or "-",
        details=words["skill"][turn.quality.value if turn.quality else "acceptable"],
        turn_ids=(turn.turn_id,),
        question_ids=_question_ids(turn),
    )


def _reason(turn: EvaluatedTurn) -> str:
    if turn.kind is AnswerKind.DONT_KNOW:
        return "unknown"
    if turn.errors:
        return "hedged" if turn.hedged else "invented"
    return "poor"


def _gap(turn: EvaluatedTurn, words: dict[str, Any]) -> KnowledgeGap | None:
    answer = " ".join(e.correction for e in turn.errors) or turn.correct_answer
    if not answer:
        return None
    claim = turn.errors[0].claim if turn.errors else ""
    return KnowledgeGap(
        topic=turn.topic or "-",
        details=words["gap"][_reason(turn)].format(claim=claim),
        turn_ids=(turn.turn_id,),
        question_ids=_question_ids(turn),
        correct_answer=answer,
    )


def _ids(turns: Sequence[EvaluatedTurn]) -> str:
    return ", ".join(str(t.turn_id) for t in turns)


def _soft_skills(
    task: EvaluatorTask,
    scored: Sequence[EvaluatedTurn],
    false_claims: Sequence[EvaluatedTurn],
    words: dict[str, Any],
) -> SoftSkills:
    asked = [t for t in task.turns if t.question_id and t.kind is not AnswerKind.STOP_COMMAND]
    detours = [t for t in asked if t.kind in _DETOURS]
    injections = [t for t in task.turns if t.injection]
    contradictions = [t for t in task.turns if t.contradicts is not None]
    full = sum(1 for t in scored if t.quality in GOOD_QUALITIES)
    off = len(detours) / len(asked) if asked else 0.0
    clarity = (
        Clarity.POOR
        if not scored or off > 0.6
        else Clarity.AVERAGE
        if off > 0.3 or full < len(scored) / 2
        else Clarity.EXCELLENT
        if full == len(scored)
        else Clarity.GOOD
    )
    why = [
        words[name].format(turns=_ids(turns))
        for name, turns in (
            ("false_claims", false_claims),
            ("injections", injections),
            ("contradictions", contradictions),
        )
        if turns
    ]
    honesty = Honesty.HIGH if not why else Honesty.LOW if len(false_claims) >= 3 else Honesty.QUESTIONABLE
    engagement = Engagement.LOW if off > 0.6 else Engagement.MEDIUM if off > 0.3 else Engagement.HIGH
    return SoftSkills(
        clarity=ClarityNote(value=clarity, details=words["clarity"][clarity.value]),
        honesty=HonestyNote(value=honesty, details=words["honesty"][honesty.value].format(why=" ".join(why))),
        engagement=EngagementNote(value=engagement, details=words["engagement"][engagement.value]),
    )


def _roadmap(gaps: Sequence[EvaluatedTurn], words: dict[str, Any]) -> Roadmap:
    order = ("invented", "poor", "unknown", "hedged")
    topics: dict[str, str] = {}
    for turn in sorted(gaps, key=lambda t: (order.index(_reason(t)), t.turn_id)):
        topics.setdefault(turn.topic or "-", _reason(turn))
    items = tuple(
        RoadmapItem(
            topic=topic,
            priority=min(5, i + 1),
            reason=words["roadmap_reason"][reason],
            resources=tuple(words["resources"]),
        )
        for i, (topic, reason) in enumerate(topics.items())
    )
    return Roadmap(items=items, summary=words["roadmap_summary"]["some" if items else "none"])


def _comment(scored: Sequence[EvaluatedTurn], recommendation: Recommendation, words: dict[str, Any]) -> str:
    if not scored:
        return str(words["nothing"])
    good = [t for t in scored if t.quality in GOOD_QUALITIES]
    levels = [t.difficulty for t in good if t.difficulty]
    best: Difficulty | None = max(levels, key=lambda d: d.rank, default=None)
    return str(words["comment"]).format(
        answered=len(scored),
        good=len(good),
        level=best.value if best else words["no_level"],
        verdict=words["verdicts"][recommendation.value],
    )
