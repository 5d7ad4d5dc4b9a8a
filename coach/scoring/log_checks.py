"""What one interview log shows by its texts alone, as rows: a message, a reply, an interview each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coach.domain.vocabulary import Language
from coach.records.foreign_logs import InterviewLog
from coach.scoring.form import in_language, lead_of, one_question, plain_text
from coach.scoring.log_replies import asks, wants_to_stop
from coach.text.asks import flat
from coach.text.clauses import sentences
from coach.text.language import in_language as reads_as
from coach.text.tokens import NOT, tokens

_READ = 100_000
"""Characters of a text that are looked at."""
_RUSSIAN = 0.3
"""Share of Cyrillic letters from which a text is read as Russian: technical Russian holds much Latin."""
_WORDS = 8
"""Fewer words do not make a text surely English."""
_ALIKE = 3
"""Fewer words or roots tell no question from another; the whole words must then be the same."""
_LABEL = re.compile(r"\[([^\W\d_][\w .-]{0,30})\]\s*:")
_MARKER = re.compile(r"\b[A-Z][A-Z_]{3,30}=\w")
_AGENTS = ("observer", "interviewer", "evaluator", "mentor", "manager", "supervisor")
_ALWAYS_LEAKED = re.compile(r"</?think(?:ing)?>|\binternal_thoughts\b|\bANSWERED_LAST_QUESTION\s*=|\bNEXT_STEP\s*=")
_NO_FEEDBACK = re.compile(r"\W*(?:no feedback\b[:.]|null\W*\Z|none\W*\Z|n/a\W*\Z|\Z)", re.IGNORECASE)

SECTIONS: Mapping[str, re.Pattern[str]] = {
    "verdict": re.compile(r"verdict|decision|conclusion|вердикт|решени|заключени|итог", re.IGNORECASE),
    "grade": re.compile(
        r"\b(?:grade|level|intern|junior|middle|senior|lead)\b|грейд|уровень|стаж[её]р|джун|мидл|сень?ор", re.IGNORECASE
    ),
    "recommendation": re.compile(r"recommend|\bhir(?:e|ing)\b|рекоменд|нанять|нанима|к найму", re.IGNORECASE),
    "gaps": re.compile(
        r"\bgaps?\b|weak(?:ness|er| point)|to improve|improvement|lacks?\b|пробел|слаб(?:ы|ые|ое)|подтянуть|улучш",
        re.IGNORECASE,
    ),
}
"""What a feedback should hold, and the words that name it; the names are of keys too."""


@dataclass(frozen=True, slots=True)
class LogRows:
    """The rows of one log."""

    interview: dict[str, Any]
    messages: list[dict[str, Any]]
    """A row a message that follows a reply."""
    replies: list[dict[str, Any]]
    """A row a reply."""


def rows_of(log: InterviewLog, name: str) -> LogRows:
    """Return the rows of ``log``; ``name`` is the interview's, which is its own cluster: nobody knows the persona."""
    language = _language(log)
    key = {
        "interview": name,
        "persona": name,
        "bank": "",
        "repeats": name,
        "language": language.value if language else None,
    }
    replies = [{**key, **row} for row in _replies(log)]
    return LogRows({**key, **_interview(log, replies)}, [{**key, **row} for row in _messages(log, language)], replies)


def _language(log: InterviewLog) -> Language | None:
    """Return the language of most of the interviewer's messages, or None where these are in neither."""
    written: dict[Language, list[str]] = {}
    for turn in log.turns:
        letters = [c for c in turn.message[:_READ].lower() if c.isalpha()]
        if letters:
            cyrillic = sum("а" <= c <= "я" or c == "ё" for c in letters)
            script = Language.RU if cyrillic >= _RUSSIAN * len(letters) else Language.EN
            written.setdefault(script, []).append(turn.message)
    most = max(written, key=lambda script: len(written[script]), default=None)
    return most if most and reads_as(" ".join(written[most])[:_READ], most) else None


def _interview(log: InterviewLog, replies: list[dict[str, Any]]) -> dict[str, Any]:
    feedback = log.final_feedback[:_READ]
    # Keys of a feedback that was an object count as words: "knowledge_gaps".
    words = feedback.replace("_", " ")
    said = _NO_FEEDBACK.match(feedback) is None
    return {
        "turns": len(replies),
        "ended_at_stop": bool(replies) and replies[-1]["stop"],
        "feedback": said,
        **{f"feedback_{name}": bool(pattern.search(words)) for name, pattern in SECTIONS.items()},
    }


def _replies(log: InterviewLog) -> Iterator[dict[str, Any]]:
    first = next((i for i, t in enumerate(log.turns) if t.reply.strip()), 0)
    for i, turn in enumerate(log.turns):
        if not turn.reply.strip():
            continue
        stop = wants_to_stop(turn.reply, first=i == first)
        following = log.turns[i + 1].message[:_READ] if i + 1 < len(log.turns) else ""
        yield {"stop": stop, "asked_on": asks(following), "thoughts": bool(turn.thoughts.strip())}


def _messages(log: InterviewLog, language: Language | None) -> Iterator[dict[str, Any]]:
    leaks = _leak_patterns(log)
    questions = _Questions()
    for i, turn in enumerate(log.turns):
        message = turn.message[:_READ]
        anew = questions.asked_anew(message) if asks(message) else None
        if i == 0 or not message.strip():
            continue
        question = _last_question(message)
        yield {
            "one_question": one_question(message, None) if question else None,
            "plain_text": plain_text(message),
            "language_ok": _language_ok(message, question, language) if language else None,
            "asked_anew": anew,
            "leaked": any(p.search(message) for p in leaks),
        }


def _language_ok(message: str, question: str | None, language: Language) -> bool:
    """Return whether ``message`` reads as ``language``, and no part of it as English in a Russian interview.

    Russian leads may be mostly names ("Python, pandas, Airflow"); English ones have English's function words.
    """
    if language is Language.EN:
        return in_language(message, question, language)
    parts = [lead_of(message, question), question] if question else [message]
    return in_language(message, None, language) and not any(_is_english(part) for part in parts if part)


def _is_english(text: str) -> bool:
    return len(text.split()) >= _WORDS and reads_as(text, Language.EN)


def _last_question(message: str) -> str | None:
    """Return the sentence that asks last, as it stands in ``message``; None where nothing is asked."""
    asking = [s for s in sentences(message) if asks(s)]
    return asking[-1] if asking else None


@dataclass(frozen=True, slots=True)
class _Question:
    """A question by its words and by what they mean."""

    words: str
    roots: frozenset[str]

    def is_as(self, other: "_Question") -> bool:
        """Return whether both are one question: the same words, after a few others or not, or the same roots."""
        short, long = sorted((self.words, other.words), key=len)
        if short == long or (len(short.split()) >= _ALIKE and long.endswith(short)):
            return True
        return len(self.roots) >= _ALIKE and self.roots == other.roots


class _Questions:
    """The questions of an interview so far: the same one again, after another, is asked anew."""

    def __init__(self) -> None:
        self._seen: list[_Question] = []
        self._active: _Question | None = None

    def asked_anew(self, message: str) -> bool:
        """Return whether ``message`` asks a question that another one has followed since; it is the active one then."""
        text = _last_question(message) or message
        asked = _Question(flat(text), frozenset(k for k in tokens(text).keys if k != NOT))
        if self._active is not None and asked.is_as(self._active):
            return False
        self._active = asked
        if any(asked.is_as(earlier) for earlier in self._seen):
            return True
        self._seen.append(asked)
        return False


def _leak_patterns(log: InterviewLog) -> tuple[re.Pattern[str], ...]:
    """Return what may stand in thoughts alone: this log's own labels and markers, and the usual ones.

    Not their sentences: a thought may well hold the correction that the message then says.
    """
    thoughts = " ".join(t.thoughts[:_READ] for t in log.turns)[:_READ]
    labels = {*_AGENTS, *(m[1].lower() for m in _LABEL.finditer(thoughts))}
    markers = {m[0].split("=")[0] for m in _MARKER.finditer(thoughts)}
    found = [_ALWAYS_LEAKED, re.compile(rf"\[(?:{'|'.join(map(re.escape, sorted(labels)))})\]\s*:", re.IGNORECASE)]
    if markers:
        found.append(re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(markers)))})="))
    return tuple(found)
