"""Mechanical checks on a model's wording of an act: what rejects it, and what only flags it."""

import re
from collections.abc import Iterable

from coach.domain.question import Question
from coach.domain.tasks import WordingTask
from coach.domain.truth import ActRecord
from coach.domain.vocabulary import TRUE_KINDS
from coach.text.keypoints import covered
from coach.text.language import in_language
from coach.text.stems import stems, words

_ROLE = re.compile(
    r"^\s*(?:\W{0,3})(?:interviewer|candidate|assistant|system|observer|user|"
    r"интервьюер|кандидат|ассистент|система|наблюдатель)\s*\W{0,3}:|"
    r"\b(?:next question|let's move on to the next|your answer (?:is|was)|(?:great|good|correct) answer[.!,])|"
    r"\b(?:следующий вопрос|перейд[её]м к следующему|ваш ответ|(?:отличный|хороший|верный) ответ[.!,])",
    re.IGNORECASE,
)
_REASONING = re.compile(
    r"</?think|\bas an? (?:ai|language model|candidate)\b|\b(?:ai|language) model\b|"
    r"\bI(?: will| should|'ll) (?:play|act as|word)\b|"
    r"\bthe (?:persona|content to|given schema|role)\b|\brephras|\bin his words\b|"
    r"\bкак (?:языковая модель|ии|кандидат)\b|\bязыковая модель\b|\bв роли кандидата\b|\bпо заданию\b|"
    r"\bсодержани[ея] нужно\b|\bперефраз",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:{})\b|[a-z]+:(?:excellent|normal|incomplete)\b|<<(?:text|end)\b|\A\s*[\[{{]".format(
        "|".join(k.value for k in TRUE_KINDS if "_" in k.value or k.value == "hallucination")
    ),
    re.IGNORECASE,
)
_LONGEST = 4
"""Times the script's length, and 400 characters."""
_OWN = 1200
"""Characters of an answer that a model writes of its own."""
_CLAIM_KEPT = 0.4
"""Share of a false claim's own stems that must be left of it."""
_FALSE = ("hallucinate", "hedge_wrong", "claim", "claim+ask_back", "answer+claim")
_RIGHT = (
    "answer:excellent",
    "answer:normal",
    "answer:incomplete",
    "hedge_right",
    "answer+claim",
    "incomplete+ask_back",
)
_NO_ANSWER = (
    "dont_know",
    "change_topic",
    "flatter",
    "ask_back",
    "ask_solution",
    "beg",
    "contradict",
    "stop",
    "introduce",
)


def problems(text: str, task: WordingTask, before: Iterable[str]) -> tuple[str, ...]:
    """Return why a wording can't be used; empty where it can.

    ``role_swapped``, ``empty``, ``label_leaked``, ``reasoning_leaked``, ``wrong_language``, ``said_before``,
    ``too_long``. What the script says itself is never held against a wording.
    """
    if not text.strip():
        return ("empty",)
    found = []
    for name, pattern in (("role_swapped", _ROLE), ("label_leaked", _LABEL), ("reasoning_leaked", _REASONING)):
        if pattern.search(text) and not pattern.search(task.say):
            found.append(name)
    if task.nonce in text:
        found.append("label_leaked")
    if not in_language(text, task.language):
        found.append("wrong_language")
    if _plain(text) in {_plain(earlier) for earlier in before}:
        found.append("said_before")
    if len(text) > _LONGEST * len(task.say) + (400 if task.say else _OWN):
        found.append("too_long")
    return tuple(dict.fromkeys(found))


def _plain(text: str) -> str:
    return " ".join(words(text))


def flags(act: ActRecord, say: str, text: str, question: Question | None) -> tuple[str, ...]:
    """Return signs that a wording does not carry the act out; they reject nothing.

    The check knows key points by the bank's terms, so a free paraphrase may be flagged though it is right:
    figures are given over all turns and over the unflagged ones.
    """
    name = act.act.removeprefix("inject+").removesuffix("+stop")
    found = []
    if question is not None and name in _RIGHT:
        kept, given = covered(question, say), covered(question, text)
        required = {p.id for p in question.key_points if p.required}
        if kept - given:
            found.append("points_lost")
        if name in ("answer:incomplete", "incomplete+ask_back") and (given - kept) & required:
            found.append("points_added")
    if name in _FALSE and _part(say, text) < _CLAIM_KEPT:
        found.append("claim_lost")
    if question is not None and name in _NO_ANSWER and covered(question, text) - covered(question, say):
        found.append("answers")
    profile = act.truth.profile
    if profile is not None and not _says_all(text, (profile.name, *profile.technologies)):
        found.append("profile_lost")
    return tuple(found)


def _part(say: str, text: str) -> float:
    wanted = {s for s in stems(say) if len(s) > 3}
    return len(wanted & set(stems(text))) / len(wanted) if wanted else 1.0


def _says_all(text: str, facts: Iterable[str | None]) -> bool:
    said = set(stems(text))
    return all(set(stems(fact)) <= said for fact in facts if fact)
