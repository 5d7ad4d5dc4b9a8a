"""An interviewer with nothing but ``reply``: it asks one question after another, whatever is said."""

from coach.content.library import Library
from coach.domain.vocabulary import Language

BANK = Library().banks["python_backend"]
END = ("stop", "enough", "хватит", "стоп")


class QuizMaster:
    """Asks the bank's questions in order; a very patient one."""

    def __init__(self) -> None:
        self.asked = 0

    def reply(self, text: str) -> str | None:
        """Return the next question, or None when it is over."""
        if any(word in text.lower() for word in END):
            return None
        language = Language.RU if any("а" <= c <= "я" for c in text.lower()) else Language.EN
        questions = BANK.for_engine(language)
        if self.asked == len(questions):
            return None
        question = questions[self.asked]
        self.asked += 1
        thanks = "Спасибо." if language is Language.RU else "Thank you."
        return f"{thanks}\n\n{question.text}"
