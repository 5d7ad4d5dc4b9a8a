"""What a message must hold before it is shown; each broken guard has a name."""

import re
from collections.abc import Sequence
from functools import lru_cache

from coach.domain.analysis import FactError
from coach.domain.decision import Move
from coach.domain.question import Question
from coach.domain.vocabulary import Language
from coach.text.language import in_language
from coach.text.stems import stems, words

MAX_LEAD = 1500
_MARKUP = re.compile(r"```|\*\*|__\w|^\s*(?:#{1,6}\s|[-*•]\s|\d+[.)]\s)|\A\s*\{", re.MULTILINE)
_INTERNAL = re.compile(r"\[(?:Observer|Interviewer|Evaluator)\]|ANSWERED_LAST_QUESTION|NEXT_STEP\s*=", re.I)
_LEAK_RUN = 7
"""Words running: shorter runs stand in any two texts on one subject."""
_CORRECTION_SHARE = 0.34


def broken_guards(
    lead: str,
    *,
    move: Move,
    language: Language,
    nonce: str,
    active: Question | None,
    corrections: Sequence[FactError] = (),
) -> tuple[str, ...]:
    """Return the names of the guards that ``lead`` breaks; empty where it may be shown.

    ``active`` is the question that still waits for its answer after this message.
    """
    allowed = 1 if move is Move.ASK_PROFILE else 0
    broken = []
    if lead.count("?") + lead.count("？") > allowed:
        broken.append("one_question")
    if not is_plain(lead):
        broken.append("plain_text")
    if not in_language(lead, language):
        broken.append("language")
    broken += shown_secrets(lead, nonce)
    if len(lead) > MAX_LEAD:
        broken.append("length")
    if active is not None and leaks(lead, active):
        broken.append("reference")
    if any(not _states(lead, error.correction) for error in corrections):
        broken.append("correction")
    return tuple(broken)


def shown_secrets(text: str, nonce: str) -> tuple[str, ...]:
    """Return ``canary`` and ``thoughts`` where ``text`` shows them: the mark around candidate text, agents' notes."""
    canary = ("canary",) if nonce and nonce.lower() in text.lower() else ()
    return (*canary, "thoughts") if _INTERNAL.search(text) else canary


def is_plain(text: str) -> bool:
    """Return whether ``text`` holds no Markdown and no JSON."""
    return not _MARKUP.search(text)


def leaks(text: str, question: Question) -> bool:
    """Return whether ``text`` says a run of the reference or of a key point word for word."""
    said = words(text)
    if len(said) < _LEAK_RUN:
        return False
    secret = _runs(question.reference) | frozenset().union(*(_runs(p.text) for p in question.key_points))
    secret -= _runs(question.text)
    return any(tuple(said[i : i + _LEAK_RUN]) in secret for i in range(len(said) - _LEAK_RUN + 1))


@lru_cache(maxsize=2048)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    said = words(text)
    return frozenset(tuple(said[i : i + _LEAK_RUN]) for i in range(len(said) - _LEAK_RUN + 1))


@lru_cache(maxsize=2048)
def _content_stems(text: str) -> frozenset[str]:
    return frozenset(s for s in stems(text) if len(s) > 3)


def _states(lead: str, correction: str) -> bool:
    wanted = _content_stems(correction)
    return not wanted or len(wanted & set(stems(lead))) >= _CORRECTION_SHARE * len(wanted)
