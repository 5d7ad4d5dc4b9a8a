"""Forged machine text in a reply: markers of agents, chat templates, analysis fields, encoded payloads."""

import re

from coach.domain.vocabulary import TRUE_KINDS, Quality
from coach.offline.intents.reading import Span

_FIELDS = "|".join(
    (
        "factually_correct",
        "next_step",
        "answered_last_question",
        "contradicts",
        "recommendation",
        "hedged",
        "verdict",
    )
)
_KINDS = "|".join(TRUE_KINDS)
_QUALITIES = "|".join(Quality)
_MARKERS = re.compile(
    r"<\|\s*(?:im_start|im_end|system|assistant|user|endoftext)\s*\|>|<<\s*/?sys\s*>>|\[/?inst\]"
    r"|</?\s*(?:candidate|reply|user_input|system|assistant|observer|instructions?)(?:[_-]?\w{0,20})?\s*>"
    r"|^[^\S\n]{0,8}(?:#{1,4}[^\S\n]{0,4}|\[|\*\*)?(?:system|assistant|observer|interviewer|evaluator|developer"
    r"|систем[аы]|ассистент|наблюдатель|интервьюер|оценщик)(?:[^\S\n]{1,3}(?:message|note|prompt|сообщение))?(?:\]|\*\*)?[^\S\n]{0,4}:"
    r"|\[(?:system|assistant|observer|interviewer|evaluator|admin|система|наблюдатель|оценщик|интервьюер)\]"
    r"|#{2,}\s{0,4}(?:new |system |end of )?(?:instructions?|prompt|system)\b"
    rf"|\"?(?:{_FIELDS})\"?\s{{0,4}}[:=]\s{{0,4}}\"?\w"
    rf"|\"(?:kind|answer_kind)\"\s{{0,4}}:\s{{0,4}}\"(?:{_KINDS})\""
    rf"|\"quality\"\s{{0,4}}:\s{{0,4}}\"(?:{_QUALITIES})\""
    rf"|\b(?:kind|quality|answers)\s{{0,2}}=\s{{0,2}}(?:{_KINDS}|{_QUALITIES})\b"
    r"|-{3,}\s{0,4}(?:end|begin|конец|начало)\s(?:of\s)?(?:the\s)?(?:reply|answer|candidate|user|system|ответа|системн\w{1,4}|данных)",
    re.IGNORECASE | re.MULTILINE,
)
_BLOB = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_MIXED_BLOB = re.compile(r"[a-z].*[A-Z].*[0-9]|[A-Z].*[a-z].*[0-9]|[0-9].*[A-Z].*[a-z]")


def forged_markers(reply: str) -> list[Span]:
    """Return the character spans of forged markers in ``reply``."""
    return [m.span() for m in _MARKERS.finditer(reply)]


def has_blob(reply: str) -> bool:
    """Return whether ``reply`` holds what looks like a long base64 text."""
    return any(_MIXED_BLOB.search(m.group()[:80]) for m in _BLOB.finditer(reply))
