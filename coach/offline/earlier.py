"""Whether what a reply says of the candidate contradicts an earlier turn."""

import re

from coach.domain.analysis import CandidateProfile
from coach.domain.tasks import ObserverTask
from coach.domain.vocabulary import AnswerKind
from coach.offline.intents import Intents, read_intents

_NAMES = (
    "zero ноль",
    "one один одного год",
    "two два двух",
    "three три трех",
    "four четыре четырех",
    "five пять пяти",
    "six шесть шести",
    "seven семь семи",
    "eight восемь восьми",
    "nine девять девяти",
    "ten десять десяти",
)
_NUMBERS = {name: number for number, names in enumerate(_NAMES) for name in names.split()}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MONTHS = re.compile(r"month|мес", re.IGNORECASE)
_HALF = re.compile(r"half a year|полгода", re.IGNORECASE)
_AND_A_HALF = re.compile(r"полтора|and a half|с половиной", re.IGNORECASE)
_NO_EXPERIENCE = re.compile(
    # Of no experience at all; none "with Kafka" or "в Go" is another matter.
    r"\b(?:no|zero|without|don't have|do not have|haven't got|never had)(?: \w+){0,3} experience\b"
    r"(?! (?:with|in|of|using|on)\b)"
    r"|\bnever (?:worked|been (?:employed|a \w+))\b(?! (?:with|on|in)\b)"
    r"|\b(?:haven't|have not) worked\b(?! (?:with|on|in)\b)"
    r"|\bникогда не (?:работал|занимал|был)\w*\b(?! (?:с|со|на|над)\b)"
    r"|\bопыта(?: (?!с\b|со\b|в\b|по\b)\w+){0,3} (?:нет|не было|ноль)\b"
    r"|\b(?:нет|без)(?: \w+){0,2} опыта\b(?! (?:с|со|в|по|работы)\b)"
    r"|\bне работал[аи]?\b(?: \w+){0,2} (?:разработчик|программист|инженер)",
    re.IGNORECASE,
)
_SAME = 0.34
"""Relative difference of years up to which two statements agree ("4" and "about five")."""


def years_of(text: str | None) -> float | None:
    """Return the years that a statement of experience names, or None."""
    if not text:
        return None
    lowered = text.lower().replace("ё", "е")
    if _HALF.search(lowered):
        return 0.5
    match = _NUMBER.search(lowered)
    number = float(match.group().replace(",", ".")) if match else None
    if number is None and _AND_A_HALF.search(lowered):
        number = 1.5
    if number is None:
        number = next((float(_NUMBERS[w]) for w in re.findall(r"\w+", lowered) if w in _NUMBERS), None)
    if number is None:
        return None
    return number / 12 if _MONTHS.search(lowered) else number


def contradicted_turn(task: ObserverTask, intents: Intents) -> int | None:
    """Return the earliest turn whose facts about the candidate differ from this reply's, or None."""
    newer = intents.profile
    if intents.retracts:
        return _first_before(task)
    denies = bool(_NO_EXPERIENCE.search(task.reply))
    if not denies and newer.grade is None and newer.experience is None and newer.name is None:
        return None
    for turn in sorted(task.earlier, key=lambda t: t.turn_id):
        if turn.turn_id >= task.turn_id or turn.kind not in (AnswerKind.INTRODUCTION, None):
            continue
        older = read_intents(turn.reply, None, "introduction").profile
        if _differ(older, newer, denies):
            return turn.turn_id
    if _differ(task.profile, newer, denies):
        return _first_before(task)
    return None


def _first_before(task: ObserverTask) -> int | None:
    """Return the first turn before this one, None at the first."""
    first = min((t.turn_id for t in task.earlier), default=1)
    return first if first < task.turn_id else None


def _differ(older: CandidateProfile, newer: CandidateProfile, denies: bool) -> bool:
    if denies and (older.experience or (older.grade is not None and older.grade.rank > 0)):
        return True
    if older.grade and newer.grade and older.grade is not newer.grade:
        return True
    if older.name and newer.name and not set(older.name.lower().split()) & set(newer.name.lower().split()):
        return True
    before, now = years_of(older.experience), years_of(newer.experience)
    if before is None or now is None:
        return False
    return abs(before - now) > _SAME * max(before, now)
