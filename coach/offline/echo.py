"""The question said back: its own words are no answer to it."""

from coach.text.clauses import sentences
from coach.text.tokens import NOT, tokens

_OWN = 0.8
"""Share of a sentence's words that stand in the question, from which it says nothing of its own."""
_ASKED = 0.6
"""Share of the question's words that it repeats."""
_FEWEST = 3
_LEAD = 8
"""Words that may announce the echo before a colon."""


def without_echo(text: str, question: str) -> str:
    """Return ``text`` without the sentences that repeat ``question``."""
    asked = _roots(question)
    said = sentences(text)
    kept = [s for s in said if not _is_echo(s, asked)]
    return text if len(kept) == len(said) else " ".join(kept).strip()


def is_short(text: str) -> bool:
    """Return whether ``text`` may be no more than what announces an echo."""
    return len(text.split()) <= _LEAD


def _is_echo(sentence: str, asked: frozenset[str]) -> bool:
    """Return whether a sentence, or what it announces before a colon, repeats the question."""
    if _repeats(_roots(sentence), asked):
        return True
    lead, colon, rest = sentence.partition(":")
    return bool(colon) and len(lead.split()) <= _LEAD and _repeats(_roots(rest), asked)


def _repeats(said: frozenset[str], asked: frozenset[str]) -> bool:
    both = len(said & asked)
    return len(said) >= _FEWEST and both >= _OWN * len(said) and both >= _ASKED * len(asked)


def _roots(text: str) -> frozenset[str]:
    return frozenset(tokens(text).keys) - {NOT}
