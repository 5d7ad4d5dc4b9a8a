"""Forged machine text in a reply: markers of agents, chat templates, labelled examples, encoded payloads, markup."""

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
    r"|[(\[{]\s{0,3}(?:system|assistant|observer|evaluator|admin|moderator|система|ассистент|наблюдатель|оценщик|модератор)"
    r"(?:\s(?:note|message|notice|сообщение))?\s{0,3}:"
    r"|(?<!#)#{2,}\s{0,4}(?:new |system |end of )?(?:instructions?|prompt|system)\b"
    rf"|\"?(?:{_FIELDS})\"?\s{{0,4}}[:=]\s{{0,4}}\"?\w"
    rf"|\"(?:kind|answer_kind)\"\s{{0,4}}:\s{{0,4}}\"(?:{_KINDS})\""
    rf"|\"quality\"\s{{0,4}}:\s{{0,4}}\"(?:{_QUALITIES})\""
    rf"|\b(?:kind|quality|answers)\s{{0,2}}=\s{{0,2}}(?:{_KINDS}|{_QUALITIES})\b"
    r"|(?<!-)-{3,}\s{0,4}(?:end|begin|конец|начало)\s(?:of\s)?(?:the\s)?(?:reply|answer|candidate|user|system|ответа|системн\w{1,4}|данных)",
    re.IGNORECASE | re.MULTILINE,
)
_SHOT = re.compile(
    r"^\W{0,3}(?:example|sample|case|shot|q|a|question|answer|user|human|assistant|candidate|interviewer"
    r"|пример|образец|вопрос|ответ|кандидат|пользователь|интервьюер)\s?\d{0,3}\s?[:.)](?P<said>.*)",
    re.IGNORECASE | re.MULTILINE,
)
_MARKED = re.compile(
    r"\b(?:label|grade[ds]?|score[ds]?|verdict|rating|rated|hired?|strong[ _]hire|метка|оценк\w|балл\w*|вердикт)\b"
    rf"|(?:[:=]|->|→)\s{{0,3}}(?:{_KINDS}|passed)\b",
    re.IGNORECASE,
)
_FEWEST_SHOTS = 3
_ELSEWHERE = re.compile(
    r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|ignore[rz]?|oublie[rz]?|ignora|ignoren|olvid[ae]|dimentica"
    r"|esque[cç]a|zignoruj|ігноруй\w*)[^\w']+(?:[\w']+[^\w']+){0,4}?"
    r"(?:anweisung\w*|instruktion\w*|vorgaben|regeln|instrucciones|consignes|r[èe]gles|reglas|istruzioni|regole"
    r"|instru[cç][õo]es|regras|instrukcje|polecenia|інструкці\w*)\b"
    r"|\b(?:ignorez|oubliez)[^\w']+(?:[\w']+[^\w']+){0,4}?instructions\b",
    re.IGNORECASE,
)
"""Orders to ignore the instructions in languages that no interview is held in."""
_ACTIVE = re.compile(
    r"<\s*(?:script|img|iframe|svg|object)\b|!\[[^\]\n]{0,80}\]\(\s*https?:|javascript:|\x1b\[", re.IGNORECASE
)
_BLOB = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_MIXED_BLOB = re.compile(r"[a-z].*[A-Z].*[0-9]|[A-Z].*[a-z].*[0-9]|[0-9].*[A-Z].*[a-z]")


def forged_markers(reply: str) -> list[Span]:
    """Return the character spans of forged markers in ``reply``."""
    found = [m.span() for pattern in (_MARKERS, _ELSEWHERE) for m in pattern.finditer(reply)]
    shots = [m for m in _SHOT.finditer(reply) if _MARKED.search(m["said"])]
    return found + [m.span() for m in shots] if len(shots) >= _FEWEST_SHOTS else found


def signs(reply: str) -> frozenset[str]:
    """Return what makes a reply suspect as a whole: ``blob``, ``markup``."""
    found = (("blob", has_blob(reply)), ("markup", _ACTIVE.search(reply)))
    return frozenset(name for name, seen in found if seen)


def has_blob(reply: str) -> bool:
    """Return whether ``reply`` holds what looks like a long base64 text."""
    return any(_MIXED_BLOB.search(m.group()[:80]) for m in _BLOB.finditer(reply))
