"""Asking back: for the active question again, for its solution, about the interview or the interviewer."""

import itertools
from enum import StrEnum

from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import everyday, is_cyrillic, lead_end, order_at, residual

_SOLUTION_REACH = 8
_STATIVE = frozenset(
    [
        "have",
        "has",
        "like",
        "love",
        "enjoy",
        "prefer",
        "eat",
        "sleep",
        "feel",
        "think",
        "believe",
        "live",
        "work",
        "own",
        "speak",
        "come",
        "your",
        "favorite",
        "name",
        "hobby",
        "hobbies",
        "old",
        "born",
        "from",
        "made",
        "created",
        "есть",
        "любишь",
        "любите",
        "нравится",
        "зовут",
        "живешь",
        "живете",
        "работаешь",
        "спишь",
        "чувствуешь",
        "имя",
        "любимый",
        "любимая",
        "любимое",
        "любимые",
    ]
)


_TO_YOU = frozenset(
    (aux, you) for aux in ("do", "are", "did", "have", "were", "would") for you in ("you", "u")
)


class Asked(StrEnum):
    """What a sentence asks for."""

    ACTIVE = "active"
    """The active question again, or in other words."""
    SOLUTION = "solution"
    INTERVIEW = "interview"
    """The interview, the job, the company."""
    INTERVIEWER = "interviewer"
    SUBJECT = "subject"
    """Something technical."""
    OTHER = "other"
    """Anything else: not a question to this interviewer."""


def _asks_active(s: Sentence, bare: bool) -> bool:
    if s.has("topic_change"):
        return False
    if s.has("misheard"):
        return bare or s.has("the_question")
    for a, b in s.spans("repeat"):
        rest = (
            residual(
                s.part((b, len(s.tokens))),
                "the_question",
                "repeat",
                "please",
                "clarify_word",
                "question_noun",
            )
            if b < len(s.tokens)
            else 0
        )
        if (
            s.mark != "?"
            and not s.has("request", "tell", "please")
            and not order_at(s, a)
            and not (bare and len(s.tokens) <= 6)
        ):
            continue
        about = s.part((b, len(s.tokens))).has("the_question") if b < len(s.tokens) else True
        if (about and rest <= 2) or (bare and rest == 0):
            return True
    words = s.words
    return (
        s.mark == "?"
        and len(words) <= 2
        and words[-1]
        in {"what", "sorry", "pardon", "huh", "что", "чего", "а", "простите", "извините", "чё", "че"}
    )


def _asks_solution(s: Sentence) -> bool:
    if s.has("solve_for_me"):
        return True
    if s.has("third"):
        return False
    for a, _b in s.spans("solution_noun"):
        if any(0 <= a - y <= _SOLUTION_REACH and _wants(s, x) for x, y in s.spans("solution_verb")):
            return True
    return False


def _wants(s: Sentence, index: int) -> bool:
    word = s.tokens[index].word
    if word in (
        "what",
        "whats",
        "какой",
        "какое",
        "каков",
        "каково",
        "want",
        "need",
        "хочу",
        "нужен",
        "нужно",
        "можно",
        "узнать",
        "услышать",
        "дашь",
        "дадите",
        "know",
    ):
        return True
    return order_at(s, index) > 0 or s.has("request")


def asked(s: Sentence, tech: float, is_question: bool) -> Asked | None:
    """Return what ``s`` asks for, None where it asks nothing; ``tech``: see ``technical``."""
    bare = tech < 1
    if _asks_active(s, bare) and (is_question or s.has("repeat", "misheard")):
        return Asked.ACTIVE
    if _asks_solution(s) and (is_question or tech < 2) and not s.has("negation"):
        return Asked.SOLUTION
    statement = not is_question
    if (s.has("about_interviewer") or _turns_to_you(s)) and _is_about_you(s, is_question) and tech < 1.5:
        return Asked.INTERVIEWER
    if statement:
        return None
    if (
        s.has("job")
        and (bare or s.has("you", "we"))
        and (everyday(s) < 1 or s.has("we"))
        and _is_about_the_job(s)
    ):
        return Asked.INTERVIEW
    if tech >= 1 and everyday(s) < tech:
        return Asked.SUBJECT
    if (
        bare
        and everyday(s) == 0
        and s.has("clarify_word")
        and s.has("i")
        and residual(s, "clarify_word", "tell", "wh", "aux", "everyday_weak") <= 3
    ):
        return Asked.SUBJECT
    if (
        bare
        and everyday(s) == 0
        and s.has("clarify_word")
        and len(s.tokens) <= 8
        and residual(s, "clarify_word", "tell", "wh", "request") <= 1
    ):
        return Asked.SUBJECT
    return Asked.OTHER


def _is_about_the_job(s: Sentence) -> bool:
    """Whether a job word is about this interview: with you, we, the, this, or in a short question."""
    if s.has("you", "we") or len(s.tokens) <= 12:
        return True
    return any(
        s.tokens[max(0, a - 1)].word
        in ("the", "this", "your", "этот", "эта", "этой", "этом", "вашей", "на", "в", "на", "after", "next")
        for a, _ in s.spans("job")
    )


def _is_about_you(s: Sentence, is_question: bool) -> bool:
    start = lead_end(s)
    frame = [
        (a, b)
        for a, b in s.spans("request", "tell")
        if a <= start + 1 and not any(w <= a for w, _ in s.spans("wh"))
    ]
    rest = (
        s.part((max(b for _, b in frame), len(s.tokens)))
        if frame and max(b for _, b in frame) < len(s.tokens)
        else s
    )
    stative = bool(set(rest.words) & _STATIVE)
    if rest.words[:3] == ["how", "do", "you"] and not stative:
        return False
    if frame and rest is not s and not rest.has("about_interviewer", "your"):
        return False
    if frame and rest is s:
        return False
    if s.has("praise") and not is_question:
        return False
    named = rest.has("your") and (stative or everyday(rest) < 1)
    if everyday(rest) >= 1 and not stative:
        return False
    if is_question and everyday(rest) < 1 and _turns_to_you(rest):
        return True
    if is_question:
        return rest.has("about_interviewer") or named
    return (
        len(s.tokens) <= 8
        and rest.has("you")
        and any(t.word in ("ты", "вы", "тебя", "вас", "тебе", "you", "your") for t in rest.tokens[:3])
        and not s.has("praise")
        and residual(s, "about_interviewer") <= 1
    )


def _turns_to_you(s: Sentence) -> bool:
    """Whether the listener himself is asked: "what do you …", "чем ты …"; "how do you …" is anybody."""
    words = s.words
    if not s.has("wh"):
        return False
    if is_cyrillic(words[0]):
        return bool({"ты", "вы", "тебя", "вас", "тебе", "вам", "тобой"} & set(words)) and not s.has("request")
    first = s.spans("wh")[0][0]
    return words[first] != "how" and any(pair in _TO_YOU for pair in itertools.pairwise(words))
