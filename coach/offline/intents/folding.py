"""Undoing disguises of words: invisible characters, look-alike letters, digits for letters, wrong layout."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from coach.offline.intents.lexicon import is_known

_CYRILLIC_LIKE = "аеорсухкмтвніјѕԁһ"
_LATIN_LIKE = "aeopcyxkmtbhijsdh"
_TO_LATIN = str.maketrans(_CYRILLIC_LIKE, _LATIN_LIKE)
_TO_CYRILLIC = str.maketrans("aeopcyxkmtbh", "аеорсухкмтвн")
_GREEK_TO_LATIN = str.maketrans("αβεικνορτυχ", "abeiknoptux")
_LEET = str.maketrans("013457@$", "oieastas")
_LEET_L = str.maketrans("013457@$", "oleastas")
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))
_LONGEST_WORD = 64
"""Letters of a word that are looked at: stemming a word without an end is no linear work."""
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[а-яіјѕ]")
_GREEK = re.compile(r"[α-ω]")
_ASCII_WORD = re.compile(r"[a-z]+\Z")
_RUSSIAN_WORD = re.compile(r"[а-я]+\Z")
_DISGUISED = re.compile(r"[0-9@$]")


def _one_script(word: str) -> str:
    """Return ``word`` with look-alike letters of the rarer script put into the commoner one."""
    if _GREEK.search(word) and _LATIN.search(word):
        word = word.translate(_GREEK_TO_LATIN)
    latin, cyrillic = len(_LATIN.findall(word)), len(_CYRILLIC.findall(word))
    if not latin or not cyrillic:
        return word
    folds = [word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN)]
    if latin > cyrillic:
        folds.reverse()
    whole = [f for f in folds if not (_LATIN.search(f) and _CYRILLIC.search(f))]
    # Both can come out whole ("cтoп"): the one that is a word wins, then the commoner script.
    return next((f for f in whole if is_known(f)), whole[0] if whole else word)


def _without_leet(word: str) -> str:
    if not _DISGUISED.search(word) or not _LATIN.search(word) or is_known(word):
        return word
    for table in (_LEET, _LEET_L):
        plain = word.translate(table)
        if is_known(plain):
            return plain
    return word


@lru_cache(maxsize=65536)
def folded(raw: str) -> str:
    """Return one word as the lexicon writes it: lower case, bare letters, ё as е, disguises undone."""
    raw = raw[:_LONGEST_WORD]
    if raw.isascii():
        word = raw.lower().replace("'", "").replace("`", "")
    else:
        decomposed = unicodedata.normalize("NFKC", raw).translate(_APOSTROPHES)
        kept = (c for c in decomposed if unicodedata.category(c) not in ("Cf", "Mn", "Me"))
        word = "".join(kept).lower().replace("ё", "е")
    if _ASCII_WORD.match(word) or _RUSSIAN_WORD.match(word):
        return word
    return "-".join(_without_leet(_one_script(part)) for part in word.split("-"))


def familiarity(words: Iterable[str]) -> float:
    """Return the share of the letters of ``words`` that stand in words the lexicon knows."""
    known = total = 0
    for word in words:
        total += len(word)
        known += len(word) if is_known(word) else 0
    return known / total if total else 0.0
