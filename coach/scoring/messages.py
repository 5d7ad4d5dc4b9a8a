"""What each visible message does, told from its text alone: the anchor, corrections, leaks, form."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from coach.content.bank import Bank, BankQuestion
from coach.domain.question import Question
from coach.domain.vocabulary import AnswerKind, Answers, Asks, Language
from coach.engine.guards import in_language, is_plain, leaks
from coach.records.events import TurnRecord
from coach.records.interview import InterviewRecord
from coach.text.asks import asks
from coach.text.stems import stems

_CORRECTED = 0.5
"""Share of the right fact's stems that a correction must say."""


class MessageChecks:
    """Checks the message that follows each reply, against the truth and the bank."""

    def __init__(self, banks: Mapping[str, Bank]) -> None:
        self._banks = banks
        self._texts = lru_cache(maxsize=None)(self._all_texts)

    def of(self, record: InterviewRecord, turn: TurnRecord) -> dict[str, Any]:
        """Return the checks of one turn as columns; None where a check does not apply."""
        language = record.brief.language
        bank = self._banks.get(record.truth.bank or "") if record.truth else None
        goes_on = turn.next_question_id is not None
        message = turn.next_message
        found: dict[str, Any] = {
            "may_close": _may_close(turn),
            "goes_on": goes_on,
            "anchor": None,
            "closed_early": None,
            "parent_kept": _parent_kept(turn),
            "counter_answered": _counter_answered(turn),
            "corrected": None,
            "leaked": None,
            "one_question": message.count("?") == 1 if goes_on else None,
            "plain_text": is_plain(message),
            "language_ok": in_language(message, language),
            "in_scope": None,
        }
        if bank is None:
            return found
        truth = turn.act.truth if turn.act else None
        held = truth is not None and truth.question_id is not None and not _may_close(turn)
        if held and truth is not None and truth.question_id is not None:
            texts = self._texts(bank.id, language)
            text = texts[truth.question_id]
            others = [t for q, t in texts.items() if q != truth.question_id]
            found["anchor"] = asks(message, text, others) if goes_on else "ended"
            found["closed_early"] = _root(turn.next_question_id) != _root(truth.question_id)
        if truth is not None and truth.misconception_id:
            found["corrected"] = _says(message, _correction(bank, truth.misconception_id, language))
        if truth is not None and truth.asks is Asks.SOLUTION and truth.question_id:
            found["leaked"] = leaks(message, _engine_question(bank, truth.question_id, language))
        if goes_on and turn.next_question_id:
            found["in_scope"] = _in_scope(bank, turn.next_question_id, record)
        return found

    def _all_texts(self, bank_id: str, language: Language) -> dict[str, str]:
        texts = {}
        for question in self._banks[bank_id].questions:
            texts[question.id] = question.question.in_(language)
            for point in question.key_points:
                texts[f"{question.id}#{point.id}"] = point.ask.in_(language)
        return texts


def _root(question_id: str | None) -> str | None:
    return question_id.split("#")[0] if question_id else None


def _may_close(turn: TurnRecord) -> bool:
    """Return whether the reply, by its truth, may close the question."""
    truth = turn.act.truth if turn.act else None
    if truth is None or truth.kind is None:
        return True
    return truth.answers is not Answers.NO or truth.kind is AnswerKind.DONT_KNOW or truth.stop


def _parent_kept(turn: TurnRecord) -> bool | None:
    """Return whether a new follow-up belongs to the question that was active; None where there is none."""
    following = turn.next_question_id
    if not following or "#" not in following or following == turn.question_id:
        return None
    return _root(following) == _root(turn.question_id)


def _counter_answered(turn: TurnRecord) -> bool | None:
    """Return whether a counter-question got words before the question came back."""
    truth = turn.act.truth if turn.act else None
    if truth is None or truth.asks is not Asks.CLARIFICATION or turn.next_question_text is None:
        return None
    lead = turn.next_message.replace(turn.next_question_text, "").strip()
    return len(lead.split()) >= 4


def _correction(bank: Bank, misconception_id: str, language: Language) -> str:
    question_id, _, name = misconception_id.partition("/")
    question: BankQuestion = bank.question(question_id)
    return next(m.correction.in_(language) for m in question.misconceptions if m.id == name)


def _engine_question(bank: Bank, question_id: str, language: Language) -> Question:
    return bank.question(question_id).for_engine(bank.id, language)


@lru_cache(maxsize=4096)
def _wanted(text: str) -> frozenset[str]:
    return frozenset(s for s in stems(text) if len(s) > 3)


def _says(message: str, fact: str) -> bool:
    wanted = _wanted(fact)
    return not wanted or len(wanted & set(stems(message))) >= _CORRECTED * len(wanted)


def _in_scope(bank: Bank, question_id: str, record: InterviewRecord) -> bool:
    """Return whether the question is about what the candidate said that he works with."""
    said = [t.act.truth.profile for t in record.turns if t.act and t.act.truth.profile]
    named = bank.header.canonical(said[0].technologies) if said else frozenset()
    return not named or bool(named & set(bank.question(question_id).technologies))
