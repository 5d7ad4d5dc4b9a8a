"""The question said back: its own words are no answer to it."""

from coach.text.clauses import sentences
from coach.text.tokens import NOT, tokens

_OWN = 0.8
"""Share of a sentence's words that stand in the question, from which it says nothing of its own."""
_ASKED = 0.6
"""Share of the question's words that it repeats."""
_FEWEST = 3


def without_echo(text: str, question: str) -> str:
    """Return ``text`` without the sentences that repeat ``question``."""
    asked = _roots(question)
    said = sentences(text)
    kept = [s for s in said if not _repeats(_roots(s), asked)]
    return text if len(kept) == len(said) else " ".join(kept).strip()


def _repeats(said: frozenset[str], asked: frozenset[str]) -> bool:
    both = len(said & asked)
    return len(said) >= _FEWEST and both >= _OWN * len(said) and both >= _ASKED * len(asked)


def _roots(text: str) -> frozenset[str]:
    return frozenset(tokens(text).keys) - {NOT}
