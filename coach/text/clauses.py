"""Sentences and clauses of a reply."""

import re

_ABBREVIATION = r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bт\.е\.)(?<!\bт\.к\.)(?<!\bт\.д\.)(?<!\bvs\.)(?<!\betc\.)"
_SENTENCE = re.compile(rf"(?<=[.!?…]){_ABBREVIATION}\s+|\n+|(?<=[.!?…][\"»”)])\s+", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[;:—–]\s+|,\s+|\s-\s|\s+(?=(?:but|however|although|because|while|whereas|and so|"
    r"но|а|однако|хотя|потому|зато|тогда как|поэтому)\b)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_LONGEST = 600
"""Characters a sentence may have; a longer one is cut at a word so that work stays linear."""


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text``, trimmed, without list marks, none empty, none endless."""
    found: list[str] = []
    for part in _SENTENCE.split(text):
        sentence = _LISTED.sub("", part).strip()
        if len(sentence) <= _LONGEST:
            if sentence:
                found.append(sentence)
        else:
            found.extend(_cut(sentence))
    return found


def clauses(text: str) -> list[str]:
    """Return the clauses of ``text``, trimmed, none empty."""
    return [c.strip() for s in sentences(text) for c in _CLAUSE.split(s) if c.strip()]


def _cut(sentence: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    while len(sentence) - start > _LONGEST:
        end = sentence.rfind(" ", start, start + _LONGEST)
        end = end if end > start else start + _LONGEST
        pieces.append(sentence[start:end].strip())
        start = end
    pieces.append(sentence[start:].strip())
    return [p for p in pieces if p]
