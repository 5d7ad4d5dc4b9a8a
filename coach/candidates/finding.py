"""Which question of a bank a message asks, as a candidate finds it in what it sees."""

from coach.content.bank import Bank, BankQuestion
from coach.domain.vocabulary import Language
from coach.text.asks import QuestionIndex


class Found:
    """The question that the candidate found in a message."""

    def __init__(self, question: BankQuestion | None, question_id: str | None, visit: int) -> None:
        self.question = question
        self.question_id = question_id
        self.visit = visit

    @property
    def key(self) -> str:
        """Return what draws go by."""
        return self.question_id or ""

    @property
    def point_id(self) -> str | None:
        """Return the key point that a follow-up asks for, else None."""
        return self.question_id.partition("#")[2] or None if self.question_id else None


def question_index(bank: Bank, language: Language) -> QuestionIndex:
    """Return an index of every question and follow-up of the bank, by id."""
    texts: dict[str, str] = {}
    for question in bank.questions:
        texts[question.id] = question.question.in_(language)
        for point in question.key_points:
            texts[f"{question.id}#{point.id}"] = point.ask.in_(language)
    return QuestionIndex(texts)
