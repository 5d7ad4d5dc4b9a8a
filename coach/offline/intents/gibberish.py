"""Word salad and keyboard mash: text that says nothing at all."""

import itertools
import re
from functools import lru_cache
from importlib import resources

import yaml

from coach.offline.intents.lexicon import is_known
from coach.offline.intents.reading import Reading, Sentence, Token
from coach.offline.intents.speech import is_cyrillic

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "1234567890")
_ROWS_BOTH = _ROWS + tuple(r[::-1] for r in _ROWS)
_VOWELS = re.compile(r"[aeiouyаеиоуыэюя]")
_REPEATED = re.compile(r"(.)\1{3,}|(.{2,3})\2{2,}")
_ODD, _MASHED = 0.45, 0.6
_ARTICLES = frozenset({"the", "a", "an"})
_PREPOSITIONS = frozenset({"of", "into", "в", "на", "с", "к", "для", "из", "от"})
_CONJUNCTIONS = frozenset({"and", "or", "but", "и", "или", "но"})
_CONCRETE, _FEW_JOINED, _LITTLE_TECH = 0.35, 0.2, 0.34


@lru_cache(maxsize=1)
def _pairs() -> frozenset[str]:
    text = (resources.files(__package__) / "data" / "letters.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return frozenset(pair for pairs in data.values() for pair in pairs.split())


@lru_cache(maxsize=16384)
def _is_mash(word: str) -> bool:
    """Return whether ``word`` is no word: keys in a row, repeated letters, or letter pairs no word has."""
    if len(word) < 4 or is_known(word) or not word.isalpha():
        return False
    if _REPEATED.search(word):
        return True
    for length in range(min(len(word), 10), 3, -1):
        if length >= 0.7 * len(word) and any(
            word[i : i + length] in row for i in range(len(word) - length + 1) for row in _ROWS_BOTH
        ):
            return True
    if not _VOWELS.search(word):
        return True
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    odd = sum(p not in _pairs() for p in pairs) / len(pairs)
    return odd >= _ODD


def _is_neutral(token: Token) -> bool:
    return token.code or len(token.word) < 4 or (token.raw.isupper() and len(token.raw) > 1) or not token.word.isalpha()


def _clash(first: str, second: str) -> bool:
    """Return whether no sentence has ``first`` right before ``second``."""
    if first in _ARTICLES:
        return second in _ARTICLES | _PREPOSITIONS | _CONJUNCTIONS
    if first in _PREPOSITIONS:
        return second in _CONJUNCTIONS or (is_cyrillic(first) and second in _PREPOSITIONS)
    return first in _CONJUNCTIONS and second in _CONJUNCTIONS


def _is_salad(s: Sentence) -> bool:
    """Words without a sentence: hardly any joined, in an order no grammar has, about nothing."""
    words = s.words
    if len(words) < 5:
        return False
    clashes = sum(_clash(a, b) for a, b in itertools.pairwise(words))
    dangling = words[-1] in _ARTICLES | _PREPOSITIONS | _CONJUNCTIONS
    scripts = len({is_cyrillic(w) for w in words if w.isalpha()}) == 2
    function = sum(s.at(i, "function") for i in range(len(words)))
    things = sum(s.at(i, "concrete", "everyday") for i in range(len(words)))
    tech = sum(s.at(i, "tech") for i in range(len(words)))
    unjoined = function <= _FEW_JOINED * len(words) and len(s.breaks) <= 1
    heap = (
        unjoined
        and things >= _CONCRETE * len(words)
        and tech <= _LITTLE_TECH * len(words)
        and not s.has("me", "i", "command")
    )
    doubled = sum(a == b for a, b in itertools.pairwise(words))
    repeated = len(set(words)) <= len(words) / 2
    odd = (
        2 * (clashes >= 2)
        + (clashes == 1)
        + (clashes >= 1 and things >= 2)
        + dangling
        + 2 * heap
        + (scripts and unjoined)
        + (doubled >= 2)
        + repeated
    )
    return odd >= 2


def is_gibberish(reading: Reading, tech: float) -> bool:
    """Return whether the whole reply says nothing; ``tech``: see ``technical``."""
    tokens = [t for s in reading.sentences for t in s.tokens]
    if not any(c.isalnum() for t in tokens for c in t.word):
        return True
    sentences = [s for s in reading.sentences if len(s.tokens) >= 5]
    salads = sum(_is_salad(s) for s in sentences)
    if sentences and salads * 2 > len(sentences) and len(sentences) * 2 >= len(reading.sentences):
        return True
    weighed = [t for t in tokens if not _is_neutral(t)]
    if not weighed:
        return all(not is_known(t.word) and not t.raw.isupper() and not t.code for t in tokens) and not any(
            t.word.isdigit() for t in tokens
        )
    mashed = sum(_is_mash(t.word) for t in weighed)
    return mashed / len(weighed) >= _MASHED and (tech < 1 or mashed >= 3)
