"""Which question comes next: level, scope, never one asked before or already answered."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coach.domain.question import KeyPoint, Question
from coach.domain.vocabulary import Difficulty


@dataclass(frozen=True, slots=True)
class Choice:
    """The next question, or None where none is left, and what to say about it."""

    question: Question | None
    notes: tuple[str, ...] = ()


def choose_question(
    questions: Iterable[Question],
    *,
    level: Difficulty,
    asked: Iterable[str],
    given: Mapping[str, tuple[str, ...]],
    scope: frozenset[str],
    seed: int,
) -> Choice:
    """Return the next question at ``level``, else at the nearest level (the lower of two as near)."""
    gone = set(asked)
    left = [q for q in questions if q.id not in gone and scope & set(q.technologies) and not _answered(q, given)]
    if not left:
        return Choice(None)
    best = min(left, key=lambda q: (_distance(q, level), _draw(seed, q.id)))
    notes = () if best.difficulty is level else ("level_exhausted",)
    return Choice(best, notes)


def _distance(question: Question, level: Difficulty) -> tuple[int, int]:
    off = question.difficulty.rank - level.rank
    return abs(off), int(off > 0)


def _draw(seed: int, question_id: str) -> bytes:
    return hashlib.sha256(f"{seed}|order|{question_id}".encode()).digest()


def _answered(question: Question, given: Mapping[str, tuple[str, ...]]) -> bool:
    had = set(given.get(question.id, ()))
    return all(p.id in had for p in question.key_points if p.required)


def missing_point(question: Question, given: Iterable[str]) -> KeyPoint | None:
    """Return the key point to follow up on: the first required one not given, else one beyond, else None."""
    had = set(given)
    left = [p for p in question.key_points if p.id not in had]
    return min(left, key=lambda p: not p.required, default=None)
