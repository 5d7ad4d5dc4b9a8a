"""What a strict reading does not find: names that lead nowhere, texts that stand twice, too few wordings."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from coach.content import yaml_files
from coach.content.attack import Attack
from coach.content.bank import ANSWER_CLASSES, Bank, BankHeader, BankQuestion
from coach.content.library import Library
from coach.content.persona import Persona, Phrases
from coach.content.scenario import Matrix, Scenario
from coach.content.script import Script
from coach.domain.vocabulary import Difficulty, Language, Split
from coach.errors import CoachError, ContentError, UsageError
from coach.text.keypoints import covered

MIN_WORDINGS = 3
_KINDS: tuple[tuple[frozenset[str], type[BaseModel]], ...] = (
    (frozenset({"personas", "scenarios"}), Matrix),
    (frozenset({"scripts"}), Matrix),
    (frozenset({"persona", "scenario", "turns"}), Script),
    (frozenset({"key_points"}), BankQuestion),
    (frozenset({"payloads"}), Attack),
    (frozenset({"true_grade"}), Persona),
    (frozenset({"required_grade"}), Scenario),
    (frozenset({"phrases"}), Phrases),
    (frozenset({"technologies"}), BankHeader),
)


def check_file(path: Path) -> list[CoachError]:
    """Return the problems of one content file; its kind is told by its keys."""
    text = yaml_files.read(path)
    keys = {line.split(":", 1)[0] for line in text.splitlines() if line[:1].isalpha() and ":" in line}
    for wanted, model in _KINDS:
        if wanted <= keys:
            try:
                yaml_files.parse(text, model, path)
            except ContentError as error:
                return [error]
            return []
    return [ContentError("no kind of content has these keys: " + ", ".join(sorted(keys)), path)]


def check_library(library: Library) -> tuple[list[CoachError], int]:
    """Return the problems of all content, and how many files were read."""
    problems: list[CoachError] = []
    count = 1
    for shelf in (
        library.personas, library.attacks, library.scenarios, library.matrices, library.scripts, library.banks,
    ):  # fmt: skip
        for name in shelf:
            count += 1
            try:
                item = shelf[name]
            except ContentError as error:
                problems.append(error)
                continue
            problems += _check(item, shelf.files[name], library)
            if isinstance(item, Bank):
                count += len(item.questions)
    try:
        library.phrases  # noqa: B018 - reading is the check
    except ContentError as error:
        problems.append(error)
    return problems, count


def _check(item: object, path: Path, library: Library) -> Iterator[CoachError]:
    match item:
        case Persona():
            yield from _known(item.attacks, library.attacks, path)
        case Scenario():
            if not item.generated:
                yield from _known((item.bank,), library.banks, path)
        case Matrix():
            yield from _known(item.scenarios, library.scenarios, path)
            if item.personas != "all":
                yield from _known(item.personas, library.personas, path)
            if item.scripts != "all":
                yield from _known(item.scripts, library.scripts, path)
            if item.attacks != "all":
                yield from _attacks(item.attacks, library, path)
        case Script():
            yield from _check_script(item, library, path)
        case Bank():
            yield from _check_bank(item, path)
        case _:
            return


def _check_script(script: Script, library: Library, path: Path) -> Iterator[CoachError]:
    yield from _known((script.persona,), library.personas, path)
    yield from _known((script.scenario,), library.scenarios, path)
    yield from _attacks(tuple(t.payload for t in script.turns if t.payload), library, path)
    if problem := undeliverable(script, library):
        yield ContentError(problem, path)


def undeliverable(script: Script, library: Library) -> str | None:
    """Return what keeps a script's attacks from being delivered, None where nothing does."""
    drawn = [t.act for t in script.turns if t.act.startswith("inject") and t.payload is None]
    if not drawn or script.persona not in library.personas or library.personas[script.persona].attacks:
        return None
    return f"'{drawn[0]}': the persona '{script.persona}' has no attacks of its own; add 'payload: family/name'"


def _known(names: tuple[str, ...], shelf: object, path: Path) -> Iterator[CoachError]:
    for name in names:
        if name not in shelf:  # type: ignore[operator]
            try:
                shelf[name]  # type: ignore[index]
            except UsageError as error:
                yield ContentError(str(error), path)


def _attacks(names: tuple[str, ...], library: Library, path: Path) -> Iterator[CoachError]:
    for name in names:
        try:
            library.payload(name)
        except UsageError as error:
            yield ContentError(str(error), path)


def _check_bank(bank: Bank, header: Path) -> Iterator[CoachError]:
    for level in Difficulty:
        if not any(q.difficulty is level for q in bank.questions):
            yield ContentError(f"no question at {level}", header)
    seen: dict[str, str] = {}
    for question in bank.questions:
        doubled: dict[str, list[str]] = {}
        path = header.parent / f"{question.id}.yaml"
        held_out = Split.HELD_OUT in (bank.header.split, question.split)
        for language in Language:
            text = question.question.in_(language)
            if text.count("?") != 1:
                yield ContentError(f"question.{language}: holds {text.count('?')} question marks, not one", path)
            yield from _check_wordings(question, language, path, held_out)
            yield from _check_points(question, bank.id, language, path)
            for name in ANSWER_CLASSES:
                for wording in question.answers.of(name).in_(language):
                    key = " ".join(wording.text.lower().split())
                    if key in seen:
                        doubled.setdefault(seen[key], []).append(wording.text)
                    seen[key] = question.id
        for other, texts in doubled.items():
            more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
            yield ContentError(
                f"'{texts[0][:40]}…'{more} also stands in {other}; every answer has words of its own", path
            )


def _check_points(question: BankQuestion, bank_id: str, language: Language, path: Path) -> Iterator[CoachError]:
    """Yield what makes key points worthless: a text that gives them away, a reference that does not say them."""
    shown = question.for_engine(bank_id, language)
    for given in sorted(covered(shown, question.question.in_(language))):
        yield ContentError(f"question.{language}: to repeat it gives the key point '{given}'", path)
    said = covered(shown, question.reference.in_(language))
    for point in question.key_points:
        if point.id in covered(shown, point.ask.in_(language)):
            yield ContentError(f"key_points.{point.id}.ask.{language}: to repeat it gives the point itself", path)
        if point.id not in said:
            yield ContentError(f"reference.{language}: does not say the key point '{point.id}' by its terms", path)


def _check_wordings(question: BankQuestion, language: Language, path: Path, held_out: bool) -> Iterator[CoachError]:
    for name in ANSWER_CLASSES:
        wordings = question.answers.of(name).in_(language)
        place = f"answers.{name}.{language}"
        if len(wordings) < MIN_WORDINGS:
            yield ContentError(f"{place}: {len(wordings)} wordings, at least {MIN_WORDINGS}", path)
        if not held_out and not any(w.split is Split.HELD_OUT for w in wordings):
            yield ContentError(f"{place}: no wording is held out", path)
