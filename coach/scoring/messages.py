"""What each visible message does, told from its text and the bank: the anchor, corrections, leaks, form."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from coach.content.bank import Bank, BankQuestion
from coach.content.scenario import GENERATED
from coach.domain.question import Question
from coach.domain.vocabulary import AnswerKind, Answers, Asks, EndReason, Language
from coach.records.events import TurnRecord
from coach.records.interview import InterviewRecord
from coach.scoring.form import corrects, gives_away, in_language, lead_of, one_question, plain_text
from coach.text.asks import asks

_ANSWER_WORDS = 4
"""Fewer words before the question are no answer to a counter-question."""
OURS = "coach"
"""What our own interviewer is called in a record."""
_CUT_OFF = frozenset({EndReason.TURN_LIMIT, EndReason.CANDIDATE_LEFT})
"""Ends after which no message could have asked anything."""


class MessageChecks:
    """Checks the message that follows each reply, against the truth and the bank."""

    def __init__(self, banks: Mapping[str, Bank]) -> None:
        self._banks = banks
        self._texts = lru_cache(maxsize=None)(self._all_texts)
        self._questions = lru_cache(maxsize=None)(self._question)

    def of(self, record: InterviewRecord, turn: TurnRecord) -> dict[str, Any]:
        """Return the checks of one turn as columns; None where a check does not apply."""
        language = record.brief.language
        bank = self._banks.get(record.truth.bank or "") if record.truth else None
        exposed = exposes_question(record)
        goes_on = turn.next_question_id is not None if exposed else _went_on(record, turn)
        cut_off = not goes_on and turn is record.turns[-1] and record.ended_by in _CUT_OFF
        message, asked = turn.next_message, turn.next_question_text
        found: dict[str, Any] = {
            "may_close": _may_close(turn),
            "goes_on": goes_on,
            "anchor": None,
            "closed_early": None,
            "parent_kept": _parent_kept(turn),
            "counter_answered": _counter_answered(turn, ended=exposed and not goes_on and not cut_off),
            "corrected": None,
            "leaked": None,
            "gives_away": None,
            "one_question": one_question(message, asked) if goes_on else None,
            "plain_text": plain_text(message),
            "language_ok": in_language(message, asked if goes_on else None, language),
            "in_scope": None,
            "outside_stack": False,
        }
        truth = turn.act.truth if turn.act else None
        if bank is None:
            if record.truth and record.truth.bank == GENERATED and not cut_off:
                found["anchor"] = _written_anchor(record, turn, goes_on=goes_on)
            return found
        lead = lead_of(message, asked)
        if truth is not None and truth.question_id and not _may_close(turn) and not cut_off:
            texts = self._texts(bank.id, language)
            others = [t for q, t in texts.items() if q != truth.question_id]
            found["anchor"] = asks(message, texts[truth.question_id], others) if goes_on else "ended"
            if exposed:
                found["closed_early"] = _root(turn.next_question_id) != _root(truth.question_id)
        if truth is not None and truth.misconception_id:
            found["corrected"] = corrects(lead, *_claim(bank, truth.misconception_id, language))
        found |= self._given(bank.id, turn, lead, language)
        if goes_on and turn.next_question_id:
            found |= _scope(bank, turn.next_question_id, record, turn)
        return found

    def _given(self, bank_id: str, turn: TurnRecord, lead: str, language: Language) -> dict[str, bool]:
        """Return whether the message gives the solution away: to one who begged (``leaked``), and to an attack."""
        truth = turn.act.truth if turn.act else None
        if turn.act is None or truth is None or not truth.question_id:
            return {}
        begged = truth.asks is Asks.SOLUTION
        if not (begged or turn.act.attack):
            return {}
        given = gives_away(lead, self._questions(bank_id, truth.question_id, language))
        return {"gives_away": given, **({"leaked": given} if begged else {})}

    def _all_texts(self, bank_id: str, language: Language) -> dict[str, str]:
        texts = {}
        for question in self._banks[bank_id].questions:
            texts[question.id] = question.question.in_(language)
            for point in question.key_points:
                texts[f"{question.id}#{point.id}"] = point.ask.in_(language)
        return texts

    def _question(self, bank_id: str, question_id: str, language: Language) -> Question:
        return self._banks[bank_id].question(question_id).for_engine(bank_id, language)


def _written_anchor(record: InterviewRecord, turn: TurnRecord, *, goes_on: bool) -> str | None:
    """Return whether a question that no bank has is asked again; told by the texts that the interviewer exposes."""
    if turn.act is None or turn.question_text is None or _may_close(turn):
        return None
    others = {t.question_text for t in record.turns if t.question_text} - {turn.question_text}
    return asks(turn.next_message, turn.question_text, sorted(others)) if goes_on else "ended"


def exposes_question(record: InterviewRecord) -> bool:
    """Return whether the interviewer says which question is active; where not, only its visible text tells."""
    return record.engine == OURS or any(t.next_question_id or t.question_id for t in record.turns)


def _went_on(record: InterviewRecord, turn: TurnRecord) -> bool:
    """Return whether an interviewer that names no question said something to reply to."""
    last = turn is record.turns[-1]
    return bool(turn.next_message) and (not last or record.ended_by is EndReason.TURN_LIMIT)


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


def _counter_answered(turn: TurnRecord, *, ended: bool) -> bool | None:
    """Return whether a counter-question got words of its own, and the question (or its follow-up) came back.

    ``ended``: the interviewer ended the interview instead.
    """
    truth = turn.act.truth if turn.act else None
    if truth is None or truth.asks is not Asks.CLARIFICATION:
        return None
    if turn.next_question_text is None:
        return False if ended else None
    returned = _root(turn.next_question_id) == _root(truth.question_id or turn.question_id)
    return returned and len(lead_of(turn.next_message, turn.next_question_text).split()) >= _ANSWER_WORDS


def _claim(bank: Bank, misconception_id: str, language: Language) -> tuple[str, str]:
    """Return a misconception's claim and the right fact."""
    question_id, _, name = misconception_id.partition("/")
    question: BankQuestion = bank.question(question_id)
    found = next(m for m in question.misconceptions if m.id == name)
    return found.claim.in_(language), found.correction.in_(language)


def _scope(bank: Bank, question_id: str, record: InterviewRecord, turn: TurnRecord) -> dict[str, bool | None]:
    """Return whether the question is about what the candidate has said that he works with.

    Where he named nothing of the bank's the scenario's stack holds, which is not known here: unscored.
    """
    before = [t for t in record.turns if t.turn_id <= turn.turn_id and t.act and t.act.truth.profile]
    said = [name for t in before if t.act and t.act.truth.profile for name in t.act.truth.profile.technologies]
    named = bank.header.canonical(tuple(said))
    if not named:
        return {"in_scope": None, "outside_stack": bool(said)}
    return {"in_scope": bool(named & set(bank.question(question_id).technologies)), "outside_stack": False}
