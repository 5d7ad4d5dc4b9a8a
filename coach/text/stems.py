"""Words and their stems: Snowball, each token by its own script (Latin: English, Cyrillic: Russian)."""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[a-zа-я0-9]+(?:[+#]+|(?:[._'-][a-zа-я0-9]+)*)")
_CYRILLIC = re.compile(r"[а-я]")
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "ё": "е", "Ё": "Е", "‑": "-"})
_ENGLISH = snowballstemmer.stemmer("english")
_RUSSIAN = snowballstemmer.stemmer("russian")


def normalized(text: str) -> str:
    """Return ``text`` in lower case, NFKC, without invisible characters, with ё as е."""
    return cleaned(text).lower()


def cleaned(text: str) -> str:
    """Return ``text`` in NFKC, without invisible characters, with ё as е; the case stays."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).translate(_QUOTES)


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, normalized; hyphens and dots inside a word stay."""
    return _WORD.findall(normalized(text))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of one normalized word."""
    stemmer = _RUSSIAN if _CYRILLIC.search(word) else _ENGLISH
    return str(stemmer.stemWord(word))


def stems(text: str) -> list[str]:
    """Return the stems of the words of ``text``, in order."""
    return [stem(w) for w in words(text)]
