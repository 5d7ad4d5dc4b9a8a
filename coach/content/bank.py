"""A question bank as its files say it: both languages, what candidates may say, splits.

A bank is a folder: ``bank.yaml`` and one YAML file a question, named after its id.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from coach.domain._base import Frozen
from coach.domain.question import KeyPoint, Misconception, Question
from coach.domain.vocabulary import Difficulty, Language, Split

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
AnswerClass = Literal["excellent", "normal", "incomplete", "wrong"]
ANSWER_CLASSES: tuple[AnswerClass, ...] = ("excellent", "normal", "incomplete", "wrong")


class Localized(Frozen):
    """One text in each language."""

    en: Annotated[str, Field(min_length=1)]
    ru: Annotated[str, Field(min_length=1)]

    def in_(self, language: Language) -> str:
        """Return the text in ``language``."""
        return self.ru if language is Language.RU else self.en


class Wording(Frozen):
    """One way to say something."""

    text: Annotated[str, Field(min_length=1)]
    split: Split = Split.KNOWN


class AnswerWording(Wording):
    """A candidate's answer in one wording."""

    covers: tuple[str, ...] = ()
    """Key points that it gives (required for ``incomplete``; implied for the others)."""
    misconception: str | None = None
    """The misconception that a wrong answer asserts (required for ``wrong``)."""


class Wordings(Frozen):
    """Wordings in each language."""

    en: tuple[Wording, ...]
    ru: tuple[Wording, ...]

    def in_(self, language: Language) -> tuple[Wording, ...]:
        """Return the wordings in ``language``."""
        return self.ru if language is Language.RU else self.en


class AnswerWordings(Frozen):
    """Candidate answers in each language."""

    en: tuple[AnswerWording, ...]
    ru: tuple[AnswerWording, ...]

    def in_(self, language: Language) -> tuple[AnswerWording, ...]:
        """Return the answers in ``language``."""
        return self.ru if language is Language.RU else self.en


class Terms(Frozen):
    """Groups of synonymous phrases in each language, for matching."""

    en: tuple[tuple[str, ...], ...]
    ru: tuple[tuple[str, ...], ...]

    def in_(self, language: Language) -> tuple[tuple[str, ...], ...]:
        """Return the groups in ``language``."""
        return self.ru if language is Language.RU else self.en


class BankKeyPoint(Frozen):
    """A key point with its follow-up question and the words that give it."""

    id: Identifier
    required: bool
    text: Localized
    ask: Localized
    terms: Terms
    say: Wordings
    """What a candidate says who gives just this point, as an answer to ``ask``."""


class BankMisconception(Frozen):
    """A false claim that candidates make, and the right fact."""

    id: Identifier
    split: Split = Split.KNOWN
    claim: Localized
    correction: Localized


class BankAnswers(Frozen):
    """Candidate answers by class."""

    excellent: AnswerWordings
    normal: AnswerWordings
    incomplete: AnswerWordings
    wrong: AnswerWordings

    def of(self, answer_class: AnswerClass) -> AnswerWordings:
        """Return the answers of one class."""
        wordings: AnswerWordings = getattr(self, answer_class)
        return wordings


class BankQuestion(Frozen):
    """One question, whole."""

    id: Identifier
    topic: Localized
    technologies: Annotated[tuple[str, ...], Field(min_length=1)]
    difficulty: Difficulty
    split: Split = Split.KNOWN
    """``held_out``: all candidate answers and misconceptions of this question are held out."""
    question: Localized
    reference: Localized
    key_points: Annotated[tuple[BankKeyPoint, ...], Field(min_length=1)]
    misconceptions: tuple[BankMisconception, ...]
    answers: BankAnswers
    opinions: Wordings | None = None
    """Tastes and bad habits about it, which are no false facts; None: the act ``opine`` is not to be had here."""

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> "BankQuestion":
        points = {p.id for p in self.key_points}
        required = {p.id for p in self.key_points if p.required}
        if not required:
            raise ValueError("no key point is required: then nothing would make an answer normal")
        if required == points:
            raise ValueError("no key point is beyond the required: then nothing would be excellent")
        wrongs = {m.id: m for m in self.misconceptions}
        for name in ANSWER_CLASSES:
            for language in Language:
                for answer in self.answers.of(name).in_(language):
                    self._check(name, answer, points, required, wrongs)
        return self

    def _check(
        self,
        name: AnswerClass,
        answer: AnswerWording,
        points: set[str],
        required: set[str],
        wrongs: dict[str, BankMisconception],
    ) -> None:
        quoted = answer.text[:40]
        if unknown := set(answer.covers) - points:
            raise ValueError(f"'{quoted}…' covers unknown key points {sorted(unknown)}")
        if name == "incomplete" and (not answer.covers or required <= set(answer.covers)):
            raise ValueError(f"incomplete answer '{quoted}…' must cover some, not all, required points")
        if name == "wrong":
            if answer.misconception not in wrongs:
                raise ValueError(f"wrong answer '{quoted}…' names no misconception of this question")
            if wrongs[answer.misconception].split is Split.HELD_OUT and answer.split is Split.KNOWN:
                raise ValueError(f"'{quoted}…' says a held-out misconception, so it is held out too")
        elif answer.misconception is not None:
            raise ValueError(f"'{quoted}…' is not wrong, so it has no misconception")

    def for_engine(self, bank: str, language: Language) -> Question:
        """Return what the engine may see: no candidate answers, no held-out misconceptions."""
        known = () if self.split is Split.HELD_OUT else self.misconceptions
        return Question(
            id=self.id,
            bank=bank,
            language=language,
            topic=self.topic.in_(language),
            technologies=self.technologies,
            difficulty=self.difficulty,
            text=self.question.in_(language),
            reference=self.reference.in_(language),
            key_points=tuple(
                KeyPoint(
                    id=p.id,
                    text=p.text.in_(language),
                    required=p.required,
                    ask=p.ask.in_(language),
                    terms=p.terms.in_(language),
                )
                for p in self.key_points
            ),
            misconceptions=tuple(
                Misconception(id=m.id, claim=m.claim.in_(language), correction=m.correction.in_(language))
                for m in known
                if m.split is Split.KNOWN
            ),
        )


class BankHeader(Frozen):
    """``bank.yaml``: what the bank is about."""

    id: Identifier
    title: Localized
    technologies: Annotated[tuple[str, ...], Field(min_length=1)]
    aliases: dict[str, tuple[str, ...]] = {}
    """Other names by technology, as candidates say them in either language."""
    split: Split = Split.KNOWN
    """``held_out``: the whole bank's candidate answers and misconceptions are held out."""

    def canonical(self, named: tuple[str, ...]) -> frozenset[str]:
        """Return this bank's technologies that are among ``named`` ones, aliases resolved."""
        said = {name.strip().lower() for name in named}
        return frozenset(
            technology
            for technology in self.technologies
            if technology in said or said & {a.lower() for a in self.aliases.get(technology, ())}
        )

    def in_own_words(self, named: Iterable[str]) -> tuple[str, ...]:
        """Return ``named`` technologies as this bank calls them, each once; what it does not know stays as it is."""
        found: dict[str, None] = {}
        for name in named:
            known = sorted(self.canonical((name,)))
            found.update(dict.fromkeys(known or [name.strip().lower()]))
        return tuple(found)


class Bank(Frozen):
    """A bank with its questions, by level, then id."""

    header: BankHeader
    questions: tuple[BankQuestion, ...]
    """Empty where the questions are written during the interview."""

    @property
    def id(self) -> str:
        """Return the bank's id."""
        return self.header.id

    def question(self, question_id: str) -> BankQuestion:
        """Return a question by id; a follow-up's id finds its parent. KeyError where unknown."""
        wanted = question_id.split("#", 1)[0]
        for question in self.questions:
            if question.id == wanted:
                return question
        raise KeyError(question_id)

    def for_engine(self, language: Language) -> tuple[Question, ...]:
        """Return every question as the engine may see it; the same objects each time."""
        return self.shown[language]

    @cached_property
    def shown(self) -> dict[Language, tuple[Question, ...]]:
        """Every question by language as the engine may see it."""
        held_out = self.header.split is Split.HELD_OUT
        found = {}
        for language in Language:
            shown = (q.for_engine(self.id, language) for q in self.questions)
            found[language] = tuple(q.model_copy(update={"misconceptions": ()}) if held_out else q for q in shown)
        return found
