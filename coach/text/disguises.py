"""Disguises of a text: encodings, look-alike letters, invisible characters, the wrong keyboard layout."""

import base64
import codecs
import re
from collections.abc import Callable
from typing import Literal

Disguise = Literal[
    "base64",
    "hex",
    "rot13",
    "homoglyphs",
    "zero_width",
    "leet",
    "wrong_layout",
    "spaced",
    "reversed",
    "fullwidth",
]

_EN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?' + "@#$^&"
_RU_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю." + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ," + '"№;:?'
_LETTERS = {e: r for e, r in zip(_EN_KEYS, _RU_KEYS, strict=True) if e.isalpha()}
_TO_RU = str.maketrans(dict(zip(_EN_KEYS, _RU_KEYS, strict=True)) | {r: e for e, r in _LETTERS.items()})
_TO_EN = str.maketrans(dict(zip(_RU_KEYS, _EN_KEYS, strict=True)) | _LETTERS)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_HOMOGLYPHS = str.maketrans("aeopcxyAEOPCXKMTHBаеорсхуАЕОРСХКМТНВ", "аеорсхуАЕОРСХКМТНВaeopcxyAEOPCXKMTHB")
_LEET = str.maketrans("oieasOIEASоОзЗчЧ", "0134501345003344")
_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_ROTATED = _RUSSIAN[16:] + _RUSSIAN[:16]
_ROTATION = str.maketrans(_RUSSIAN + _RUSSIAN.upper(), _ROTATED + _ROTATED.upper())
_FULLWIDTH = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})


def other_layout(text: str) -> str:
    """Return what the keys of ``text`` type on the other layout (English and Russian), character by character."""
    russian = len(_CYRILLIC.findall(text)) > len(_LATIN.findall(text))
    return text.translate(_TO_EN if russian else _TO_RU)


def _rot(text: str) -> str:
    return codecs.encode(text, "rot13").translate(_ROTATION)


_MADE_BY: dict[str, Callable[[str], str]] = {
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "hex": lambda t: t.encode().hex(" "),
    "rot13": _rot,
    "homoglyphs": lambda t: t.translate(_HOMOGLYPHS),
    "zero_width": lambda t: "".join(f"{c}\u200b" if c.isalpha() else c for c in t),
    "leet": lambda t: t.translate(_LEET),
    "wrong_layout": other_layout,
    "spaced": lambda t: " ".join(t),
    "reversed": lambda t: t[::-1],
    "fullwidth": lambda t: t.translate(_FULLWIDTH),
}


def disguised(text: str, disguise: Disguise | None) -> str:
    """Return ``text`` in ``disguise`` (None: as it is)."""
    return _MADE_BY[disguise](text) if disguise else text
