"""What a question bank should be looked at for: answers found by their exact words only, words that give labels away.

Nothing here is wrong by rule, so these are notes: the first says that the offline model, and with it every
"known" figure, knows an answer by heart; the second that a model can tell a class without reading it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from coach.content.bank import ANSWER_CLASSES, AnswerWording, Bank, BankQuestion
from coach.domain.vocabulary import Language, Split
from coach.errors import ContentError
from coach.offline.intents import read_intents
from coach.offline.knowledge import Facts, Knowledge
from coach.offline.matching import judge_by_facts
from coach.text.stems import stems

_LABELS = re.compile(
    r"\b(?:myth|misconception|wrongly|incorrectly|contrary to|that's wrong"
    r"|(?:correct|wrong) answer is|миф\w*|заблуждени\w+|ошибочно|неверно|неправильн\w+|вопреки|правильный ответ —)\b",
    re.IGNORECASE,
)
_OFTEN, _SELDOM = 0.3, 0.05
"""Share of a class's answers that have a word, and of all the others, from which the word gives the class away."""
_ENOUGH = 20
"""Answers of a class, below which a share says nothing."""


def look_at(bank: Bank, folder: Path) -> Iterator[ContentError]:
    """Yield notes on a bank whose files lie in ``folder``; each names the file and the text."""
    held_out = bank.header.split is Split.HELD_OUT
    knowledge = Knowledge.from_banks([bank])
    for question in bank.questions:
        path = folder / f"{question.id}.yaml"
        for language in Language:
            facts = knowledge.facts[bank.id, question.id, language]
            for name in ANSWER_CLASSES:
                for answer in question.answers.of(name).in_(language):
                    place = f"answers.{name}.{language}: '{answer.text[:50]}…'"
                    if said := _LABELS.search(answer.text):
                        yield ContentError(f"{place} gives its label away: “{said.group()}”", path)
                    if held_out or Split.HELD_OUT in (question.split, answer.split):
                        continue  # how the model reads these is for runs to tell, not for authors to tune
                    for sign in _signs(answer.text, question.question.in_(language)):
                        yield ContentError(f"{place} reads as {sign} too", path)
                    if _by_heart(name, answer, question, facts, knowledge):
                        yield ContentError(f"{place} is found by its exact words only", path)
    for language in Language:
        yield from _class_words(bank, folder / "bank.yaml", language)


def _signs(text: str, question: str) -> Iterator[str]:
    """Yield what the model takes an answer for beside an answer."""
    intents = read_intents(text, question, "questions")
    for what, on in (
        ("a hedge", intents.hedged),
        ("a wish to end", intents.stop),
        ("not knowing", intents.dont_know),
        ("an order to the interviewer", intents.injection),
        ("a counter-question", intents.asks != "no"),
    ):
        if on:
            yield what


def _by_heart(name: str, answer: AnswerWording, question: BankQuestion, facts: Facts, knowledge: Knowledge) -> bool:
    """Return whether the model reads an answer otherwise once it has not been given that very wording."""
    required = frozenset(p.id for p in question.key_points if p.required)
    found = judge_by_facts(facts.without(answer.text), facts.question, answer.text, knowledge)
    if name == "wrong":
        return found.misconception is None
    wanted = frozenset(answer.covers) | (required if name in ("excellent", "normal") else frozenset())
    return found.error is not None or found.covered & required != wanted & required


def _class_words(bank: Bank, path: Path, language: Language) -> Iterator[ContentError]:
    """Yield words that stand in many answers of one class and in hardly any other."""
    having: dict[str, Counter[str]] = {name: Counter() for name in ANSWER_CLASSES}
    total: Counter[str] = Counter()
    for question in bank.questions:
        for name in ANSWER_CLASSES:
            for answer in question.answers.of(name).in_(language):
                total[name] += 1
                having[name].update(set(stems(answer.text)))
    for name in ANSWER_CLASSES:
        if total[name] < _ENOUGH:
            continue
        rest = total.total() - total[name]
        for word, count in having[name].most_common():
            if count < _OFTEN * total[name]:
                break
            elsewhere = sum(having[other][word] for other in ANSWER_CLASSES if other != name)
            if rest and elsewhere <= _SELDOM * rest:
                yield ContentError(
                    f"answers.{name}.{language}: '{word}' stands in {count} of {total[name]} and in {elsewhere} of the "
                    f"{rest} others: it gives the class away",
                    path,
                )
