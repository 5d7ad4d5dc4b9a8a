"""Content tokens of a text: roots in order, function words left out, every negation as one sign."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

from coach.text.stems import cleaned, stem

NOT = "¬"
"""The token of every negation."""

_TOKEN = re.compile(r"[a-zа-я0-9]+(?:[+#]+|(?:['.][a-zа-я0-9]+)*)")
_NUMBER = re.compile(r"\d+(?:\.\d+)*\Z")
_CYRILLIC = re.compile(r"[а-я]")
_LATIN = re.compile(r"[a-z]")
_RUSSIAN_TAILS = re.compile(
    r"(?<=....)(?:ировани|ированн|ирован|ировк|ирова|овани|ованн|нност|ован|ыван|ност|ива|ыва|ова|ева|ост|"
    r"ем|ен|ан|ян|к|я|а|е|и|н)\Z"
)
"""What a root loses beyond its stem, four letters of it staying."""
_INTERJECTION = re.compile(r"\s*(?:no|nope|нет|не-а)\s*[,.!—-]+\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Words:
    function: frozenset[str]
    negation: frozenset[str]
    free_order: frozenset[str]
    breaking: frozenset[str]
    negating_pairs: frozenset[tuple[str, str]]
    harmless_pairs: frozenset[tuple[str, str]]
    roots: Mapping[str, str]


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    split = (entry.split() for entry in text.split("|"))
    return frozenset((words[0], words[1]) for words in split)


@lru_cache(maxsize=1)
def _load() -> _Words:
    data = yaml.safe_load((resources.files(__package__) / "data" / "words.yaml").read_text(encoding="utf-8"))
    roots: dict[str, str] = {}
    for base, forms in data["irregular"].items():
        for form in forms.split():
            roots.setdefault(_plain_root(form), _plain_root(base))
    for latin, forms in data["loanwords"].items():
        target = _plain_root(latin)
        for form in forms.split():
            plain = _plain_root(form)
            roots[plain] = roots.get(target, target)
    return _Words(
        frozenset(data["function"].split()),
        frozenset(data["negation"].split()),
        frozenset(data["free_order"].split()),
        frozenset(data["breaking"].split()),
        _pairs(data["also_negation"]),
        _pairs(data["not_negating"]),
        roots,
    )


def _plain_root(word: str) -> str:
    base = stem(word)
    if not _CYRILLIC.search(base):
        return base
    return _RUSSIAN_TAILS.sub("", base, count=1)


@lru_cache(maxsize=65536)
def root(word: str) -> str:
    """Return what forms and loan spellings of one normalized word have in common."""
    plain = _plain_root(word)
    roots = _load().roots
    first = roots.get(plain, plain)
    return roots.get(first, first)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The content tokens of one sentence."""

    keys: tuple[str, ...]
    """Roots in order; ``NOT`` for a negation."""
    raw: tuple[str, ...]
    """The words that the keys stand for."""
    gaps: frozenset[int]
    """Indexes of the tokens before which a clause ends."""


@lru_cache(maxsize=65536)
def _parts(word: str) -> tuple[str, ...]:
    """Return the words that one written word consists of, without Russian endings of Latin names."""
    if word.endswith("n't"):
        return (word[:-3], "not") if word[:-3] not in ("ca", "wo", "sha") else ("not",)
    if _NUMBER.match(word):
        return (word,)
    pieces = [p for p in re.split(r"[.']", word) if p]
    if _LATIN.search(word) and _CYRILLIC.search(word):
        kept = [p for p in pieces if _LATIN.search(p) or len(p) > 3]
        pieces = [_latin_start(p) for p in kept]
    return tuple(p for p in pieces if p not in {"s", "re", "ll", "ve", "m", "d", "t"} or len(pieces) == 1)


def _latin_start(piece: str) -> str:
    match = re.match(r"[a-z0-9]+", piece)
    return match.group() if match else piece


_CAPITALS = re.compile(r"(?<![A-Za-zА-Яа-я])[A-Z]{2,}(?![A-Za-zА-Яа-я])")
_SHOUTED = 24
"""Characters from which a text all in capitals is loud, not a name."""
_BREAK = re.compile(r"[,;:()—–]|\.{3}|…|\s-\s")


def tokens(text: str) -> Tokens:
    """Return the content tokens of ``text`` (a sentence, a phrase or a clause). Linear in its length."""
    lexicon = _load()
    cased = cleaned(text)
    interjection = _INTERJECTION.match(cased)
    cased = cased[interjection.end() :] if interjection else cased
    lowered = cased.lower()
    names = _names(cased, lowered)
    flat: list[str] = []
    named: set[int] = set()
    breaks: list[int] = []
    last = 0
    for match in _TOKEN.finditer(lowered):
        word = match.group()
        between = lowered[last : match.start()]
        last = match.end()
        if word in lexicon.breaking or (between != " " and _BREAK.search(between)):
            breaks.append(len(flat))
        if between == "-" and flat and _is_ending(word, flat[-1]):
            continue
        if match.start() in names:
            named.add(len(flat))
        flat.extend(_parts(word))
    return _content(flat, frozenset(breaks), named, lexicon)


def _content(flat: list[str], starts: frozenset[int], named: set[int], lexicon: _Words) -> Tokens:
    """Return the words that carry content; ``starts`` are where clauses begin, ``named`` what counts though common."""
    keys: list[str] = []
    raw: list[str] = []
    gaps: set[int] = set()
    skipped = -1
    for i, word in enumerate(flat):
        if i in starts:
            gaps.add(len(keys))
        if i == skipped:
            continue
        pair = (word, flat[i + 1]) if i + 1 < len(flat) else (word, "")
        if word in lexicon.negation and pair in lexicon.harmless_pairs:
            skipped = i + 1  # "not only": neither of the two denies or limits anything
        elif pair in lexicon.negating_pairs or word in lexicon.negation:
            keys.append(NOT)
            raw.append(word)
        elif word not in lexicon.function or i in named:
            keys.append(root(word))
            raw.append(word)
    return Tokens(tuple(keys), tuple(raw), frozenset(gaps))


def _names(cased: str, lowered: str) -> frozenset[int]:
    """Return where words stand that are names though function words: in capitals (WHERE, IS NULL) in a calm text."""
    if len(cased) != len(lowered) or (cased.isupper() and len(cased) > _SHOUTED):
        return frozenset()
    return frozenset(m.start() for m in _CAPITALS.finditer(cased))


def _is_ending(word: str, previous: str) -> bool:
    """Return whether ``word`` is the Russian ending of a Latin name, as in ``GIL-ом``."""
    return len(word) <= 3 and _CYRILLIC.search(word) is not None and _LATIN.search(previous) is not None


def is_free(word: str) -> bool:
    """Return whether a negation may also follow what it negates (``изменить нельзя``)."""
    return word in _load().free_order
