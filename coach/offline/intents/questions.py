"""Asking back: for the active question again, for its solution, about the interview or the interviewer."""

from enum import StrEnum

from coach.offline.intents.interviewer import asks_about_interviewer
from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import everyday, order_at, residual

_SOLUTION_REACH = 8
_SHORT = 16
"""Words of a request to explain a word."""


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
        and words[-1] in {"what", "sorry", "pardon", "huh", "что", "чего", "а", "простите", "извините", "чё", "че"}
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
    if asks_about_interviewer(s, tech, is_question=is_question):
        return Asked.INTERVIEWER
    if s.has("curious") and s.has("job") and bare and everyday(s) < 1:
        return Asked.INTERVIEW
    if s.has("term_ask") and s.has("basic_term") and everyday(s) < 1 and (is_question or _asks_for_a_term(s)):
        return Asked.SUBJECT
    return _of_question(s, tech) if is_question else None


def _of_question(s: Sentence, tech: float) -> Asked:
    """Return what a question is about that asks for no answer and not about the interviewer."""
    bare = tech < 1
    if (
        s.has("job")
        and (bare or s.has("you", "we"))
        and (everyday(s) < 1 or s.has("we") or len(s.spans("job")) > 1)
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


def _asks_for_a_term(s: Sentence) -> bool:
    """Whether a sentence without a question mark wants a word explained."""
    return len(s.tokens) <= _SHORT and any(order_at(s, a) > 0 for a, _ in s.spans("term_ask"))


def _is_about_the_job(s: Sentence) -> bool:
    """Whether a job word is about this interview: with you, we, the, this, or in a short question."""
    if s.has("you", "we") or len(s.tokens) <= 12:
        return True
    return any(
        s.tokens[max(0, a - 1)].word
        in ("the", "this", "your", "этот", "эта", "этой", "этом", "вашей", "на", "в", "на", "after", "next")
        for a, _ in s.spans("job")
    )
