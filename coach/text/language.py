"""Whether a text reads as a language."""

import re

from coach.domain.vocabulary import Language

_LETTERS = 20
"""Fewer letters tell no language."""
_RUSSIAN = 0.3
"""Share of Cyrillic in Russian at least: technical Russian may hold much Latin."""
_FOREIGN = 0.1
"""Share of other scripts' letters that a text may hold."""
_WORDS = 8
"""Fewer words need no function word."""
_FUNCTION_WORDS = 0.1
"""Share of a longer English text at least; it mostly has four times that."""
_ENGLISH = re.compile(
    r"\b(?:the|an?|is|are|was|be|to|of|and|or|you|your|it|its|in|on|at|that|this|these|for|not|with|as|if|what|how|why|"
    r"which|when|do|does|can|will|would|have|has|we|i|my|me|let|so|but|from|by|please|thank|thanks)\b",
    re.IGNORECASE,
)


def in_language(text: str, language: Language) -> bool:
    """Return whether ``text`` reads as ``language``.

    Scripts tell Russian from English; that a longer Latin text is English its function words tell.
    """
    letters = [c for c in text.lower() if c.isalpha()]
    if len(letters) < _LETTERS:
        return True
    cyrillic = sum("а" <= c <= "я" or c == "ё" for c in letters) / len(letters)
    latin = sum("a" <= c <= "z" for c in letters) / len(letters)
    if 1.0 - cyrillic - latin > _FOREIGN:
        return False
    if language is Language.RU:
        return cyrillic >= _RUSSIAN
    words = len(text.split())
    return cyrillic <= _FOREIGN and (words < _WORDS or len(_ENGLISH.findall(text)) >= _FUNCTION_WORDS * words)
