"""Disguises of a text: encodings, look-alike letters, invisible characters, the wrong keyboard layout."""

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator
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
_ROTATION_BACK = str.maketrans(_ROTATED + _ROTATED.upper(), _RUSSIAN + _RUSSIAN.upper())
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


_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={0,2}(?![A-Za-z0-9+/=])")
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}[ :]?){12,}(?![0-9A-Fa-f])")
_MOST_ENCODED = 4000
"""Digits of one encoded run that are decoded: a multiple of 4, so that no byte is cut."""
_PRINTED = 0.9
"""Share of letters, spaces and marks from which decoded bytes are a text."""


def decoded(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what base64 and hexadecimal runs in ``text`` stand for, each with where its run begins and ends."""
    for pattern, decode in ((_BASE64, _from_base64), (_HEX, _from_hex)):
        for match in pattern.finditer(text):
            try:
                plain = decode(match.group())
            except (ValueError, binascii.Error):
                continue
            if plain and sum(c.isalpha() or c in " .,:;!?'\"\n-" for c in plain) >= _PRINTED * len(plain):
                yield plain, match.start(), match.end()


def _from_base64(run: str) -> str:
    bare = run.rstrip("=")[:_MOST_ENCODED]
    return _text_of(base64.b64decode(bare + "=" * (-len(bare) % 4)), cut=len(run) > _MOST_ENCODED)


def _from_hex(run: str) -> str:
    digits = re.sub(r"[ :]", "", run)
    return _text_of(bytes.fromhex(digits[:_MOST_ENCODED]), cut=len(digits) > _MOST_ENCODED)


def _text_of(plain: bytes, *, cut: bool) -> str:
    """Return ``plain`` as text; one that was ``cut`` may end within a character."""
    return codecs.getincrementaldecoder("utf-8")().decode(plain, final=not cut)


def unscrambled(text: str) -> Iterator[str]:
    """Yield what ``text`` would be, were it typed on the other layout, rotated (ROT13, Russian by 16) or reversed."""
    yield other_layout(text)
    yield codecs.encode(text, "rot13").translate(_ROTATION_BACK)
    yield text[::-1]


def disguised(text: str, disguise: Disguise | None) -> str:
    """Return ``text`` in ``disguise`` (None: as it is)."""
    return _MADE_BY[disguise](text) if disguise else text
