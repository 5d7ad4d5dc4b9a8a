"""The form of a visible message, told from its text by rules of scoring's own.

They are not the engine's guards on purpose: a guard that overlooks something must not grade itself.
"""

import json
import re
from functools import lru_cache

from coach.domain.question import Question
from coach.domain.vocabulary import Language
from coach.text.clauses import sentences
from coach.text.keypoints import covered
from coach.text.stems import normalized, stems, words

_MARKUP = re.compile(
    r"```|\*\*[^\s*][^*\n]*\*\*|\]\(https?:|^[ \t]*(?:#{1,6}[ \t]|[-*•][ \t]|\d+[.)][ \t]|\{\s*\")", re.MULTILINE
)
"""Not ``**kwargs`` or ``__init__``: code has them too."""
_LETTERS = 20
"""Fewer letters tell no language."""
_RUSSIAN = 0.3
_FOREIGN = 0.1
_GIVEN = 0.4
"""Share of a key point's own stems that gives it away, where its terms stand there too."""
_VERBATIM = 7
"""Words running that no two texts share by chance."""
_CORRECTED = 0.5
"""Share of the right fact's own stems that a correction must say."""


@lru_cache(maxsize=256)
def lead_of(message: str, question_text: str | None) -> str:
    """Return what ``message`` says before its question; all of it where it asks nothing."""
    if question_text and question_text in message:
        return message.rpartition(question_text)[0].strip()
    said = sentences(message)
    return " ".join(said[:-1] if said and _asks(said[-1]) else said)


def one_question(message: str, question_text: str | None) -> bool:
    """Return whether ``message`` holds one question and ends with it."""
    text = message.strip()
    if question_text and text.endswith(question_text.strip()):
        return not _asks(lead_of(text, question_text.strip()))
    asking = [s for s in sentences(text) if _asks(s)]
    return len(asking) == 1 and len(re.findall(r"[?？]+", asking[0])) == 1 and _asks(text[-1:])


def _asks(text: str) -> bool:
    return "?" in text or "？" in text


def plain_text(message: str) -> bool:
    """Return whether ``message`` holds no Markdown and no JSON."""
    if _MARKUP.search(message):
        return False
    text = message.strip()
    if text[:1] not in ("{", "["):
        return True
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def in_language(message: str, question_text: str | None, language: Language) -> bool:
    """Return whether the lead and the question of ``message``, each by itself, read as ``language``.

    Technical Russian may hold much Latin; the question alone must not make up for a lead in English.
    """
    parts = [message]
    if question_text and question_text in message:
        parts = [lead_of(message, question_text), question_text]
    return all(_reads_as(part, language) for part in parts)


@lru_cache(maxsize=4096)
def _reads_as(text: str, language: Language) -> bool:
    lowered = normalized(text)
    cyrillic = sum("а" <= c <= "я" for c in lowered)
    letters = cyrillic + sum("a" <= c <= "z" for c in lowered)
    if letters < _LETTERS:
        return True
    share = cyrillic / letters
    return share >= _RUSSIAN if language is Language.RU else share <= _FOREIGN


def gives_away(lead: str, question: Question) -> bool:
    """Return whether ``lead`` tells a key point of ``question``: word for word, or in its terms and stems."""
    said = words(lead)
    secret = _runs(question.reference).union(*(_runs(p.text) for p in question.key_points)) - _runs(question.text)
    if any(tuple(said[i : i + _VERBATIM]) in secret for i in range(len(said) - _VERBATIM + 1)):
        return True
    given = covered(question, lead)
    stemmed = set(stems(lead))
    return any(
        p.id in given and _part_said(content(p.text) - content(question.text), stemmed) >= _GIVEN
        for p in question.key_points
    )


def corrects(lead: str, claim: str, correction: str) -> bool:
    """Return whether ``lead`` says the right fact.

    Only the stems that the fact does not share with the claim count: a lead that repeats the claim, or
    agrees with it, corrects nothing.
    """
    if " ".join(words(correction)) in " ".join(words(lead)):
        return True
    own = content(correction) - set(stems(claim))
    return bool(own) and _part_said(own, set(stems(lead))) >= _CORRECTED


def _part_said(wanted: frozenset[str], said: set[str]) -> float:
    return len(wanted & said) / len(wanted) if wanted else 0.0


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """Return the stems of ``text`` that are long enough to mean something."""
    return frozenset(s for s in stems(text) if len(s) > 3)


@lru_cache(maxsize=2048)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    said = words(text)
    return frozenset(tuple(said[i : i + _VERBATIM]) for i in range(len(said) - _VERBATIM + 1))
