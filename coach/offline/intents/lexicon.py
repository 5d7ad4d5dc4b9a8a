"""Concept lexicons: word lists kept as data, and which concepts a word or a phrase stands for.

A file maps a concept to its entries by language, separated by commas. An entry is one word or several;
a plain word matches by its stem, ``=word`` by its exact form, ``word*`` by its beginning, and ``~`` between
two words lets up to two others stand there. Words are written as folding leaves them: lower case, bare.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

from coach.errors import ContentError
from coach.text.stems import stem

_FILES = (
    "speech",
    "stop",
    "injection",
    "tampering",
    "stances",
    "questions",
    "off_topic",
    "technical",
    "answers",
    "profile",
)
_MIN_PREFIX = 3
GAP = 2
"""How many words a ``~`` may stand for, at most."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """An entry of several words."""

    concept: str
    words: tuple[str, ...]
    """Keys of single words (see ``Lexicon``), ``~`` for a gap."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Single words and phrases by the key of their (first) word: ``=exact``, ``prefix*`` or a stem."""

    single: dict[str, frozenset[str]]
    phrases: dict[str, tuple[Phrase, ...]]
    longest_prefix: int

    def keys(self, word: str) -> list[str]:
        """Return every key that could stand for ``word``."""
        keys = [f"={word}", stem(word)]
        longest = min(len(word), self.longest_prefix)
        return keys + [f"{word[:end]}*" for end in range(_MIN_PREFIX, longest + 1)]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lexicon knows of one word."""

    concepts: frozenset[str]
    phrases: tuple[Phrase, ...]
    keys: frozenset[str]


def _key(word: str) -> str:
    if word == "~" or word.startswith("="):
        return word
    if word.endswith("*"):
        if len(word) <= _MIN_PREFIX:
            raise ContentError(f"a prefix needs {_MIN_PREFIX} letters or more: '{word}'")
        return word
    return stem(word)


def _entries(text: str) -> list[tuple[str, ...]]:
    text = text.replace("'", "").replace("ё", "е")
    return [tuple(_key(w) for w in entry.split()) for entry in text.split(",") if entry.strip()]


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """Return the lexicon of all files, read once. Raises ContentError where a file is malformed."""
    single: dict[str, set[str]] = {}
    phrases: dict[str, list[Phrase]] = {}
    folder = resources.files(__package__) / "data"
    for name in _FILES:
        data = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        for concept, languages in data.items():
            if not isinstance(languages, dict) or not set(languages) <= {"en", "ru"}:
                raise ContentError(f"'{concept}' needs 'en' and/or 'ru'", f"{name}.yaml")
            for text in languages.values():
                for words in _entries(text):
                    if len(words) == 1:
                        single.setdefault(words[0], set()).add(concept)
                    else:
                        phrases.setdefault(words[0], []).append(Phrase(concept, words))
    longest = max((len(k) - 1 for k in [*single, *phrases] if k.endswith("*")), default=0)
    # Phrases hold prefixes beyond their first word too.
    inner = (len(w) - 1 for group in phrases.values() for p in group for w in p.words if w.endswith("*"))
    return Lexicon(
        {key: frozenset(names) for key, names in single.items()},
        {key: tuple(group) for key, group in phrases.items()},
        max(longest, max(inner, default=0)),
    )


@lru_cache(maxsize=65536)
def look_up(word: str) -> Entry:
    """Return what the lexicon knows of one folded word."""
    lexicon = load()
    concepts: set[str] = set()
    phrases: list[Phrase] = []
    keys = lexicon.keys(word)
    for key in keys:
        concepts |= lexicon.single.get(key, frozenset())
        phrases.extend(lexicon.phrases.get(key, ()))
    return Entry(frozenset(concepts), tuple(phrases), frozenset(keys))


def is_known(word: str) -> bool:
    """Return whether any concept or phrase of the lexicon has ``word``."""
    entry = look_up(word)
    return bool(entry.concepts or entry.phrases)
