"""What the offline model may read of the banks: questions, known misconceptions, known candidate wordings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coach.content.bank import ANSWER_CLASSES, Bank, BankQuestion
from coach.domain.question import Misconception, Question
from coach.domain.vocabulary import Language, Split

RIGHT_CLASSES = frozenset({"excellent", "normal", "incomplete"})


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A known candidate wording."""

    answer_class: str
    """``excellent``, ``normal``, ``incomplete``, ``wrong``, or ``say`` (the answer to a follow-up)."""
    text: str
    covers: frozenset[str] = frozenset()
    misconception: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """One question in one language with all that is known of it."""

    question: Question
    exemplars: tuple[Exemplar, ...] = ()

    def misconception(self, name: str) -> Misconception:
        """Return a known misconception by id. KeyError where there is none."""
        for known in self.question.misconceptions:
            if known.id == name:
                return known
        raise KeyError(name)

    def without(self, text: str) -> "Facts":
        """Return these facts without the wording ``text``: for measuring by leave-one-out."""
        return Facts(self.question, tuple(e for e in self.exemplars if e.text != text))


Key = tuple[str, str, Language]
"""Bank, question, language."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The facts of every question by bank, question id and language; nothing held out is in it."""

    facts: Mapping[Key, Facts]
    prepared: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What matching has made of the facts so far, by what it is; no part of the knowledge itself."""

    @classmethod
    def from_banks(cls, banks: Iterable[Bank]) -> "Knowledge":
        """Return what may be read of ``banks``; of a held-out question or bank, what the engine has."""
        facts: dict[Key, Facts] = {}
        for bank in banks:
            for question in bank.questions:
                for language in Language:
                    facts[bank.id, question.id, language] = _facts(bank, question, language)
        return cls(facts)

    def find(self, question: Question) -> Facts | None:
        """Return the facts of a question or of the parent of a follow-up; None for a foreign question."""
        root = question.id.split("#", 1)[0]
        return self.facts.get((question.bank, root, question.language))


def _facts(bank: Bank, question: BankQuestion, language: Language) -> Facts:
    shown = question.for_engine(bank.id, language)
    if Split.HELD_OUT in (bank.header.split, question.split):
        return Facts(shown.model_copy(update={"misconceptions": ()}))
    return Facts(shown, _exemplars(question, language))


def _exemplars(question: BankQuestion, language: Language) -> tuple[Exemplar, ...]:
    known = {m.id for m in question.misconceptions if m.split is Split.KNOWN}
    required = frozenset(p.id for p in question.key_points if p.required)
    found: list[Exemplar] = []
    for name in ANSWER_CLASSES:
        for answer in question.answers.of(name).in_(language):
            said_wrong = answer.misconception is not None and answer.misconception not in known
            if answer.split is Split.HELD_OUT or said_wrong:
                continue
            implied = required if name in ("excellent", "normal") else frozenset()
            found.append(Exemplar(name, answer.text, frozenset(answer.covers) | implied, answer.misconception))
    for point in question.key_points:
        known_words = (w for w in point.say.in_(language) if w.split is Split.KNOWN)
        found.extend(Exemplar("say", w.text, frozenset({point.id})) for w in known_words)
    return tuple(found)
