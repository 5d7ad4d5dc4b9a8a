"""A scenario (what is interviewed for) and a matrix (what is crossed with what)."""

from typing import Annotated, Literal

from pydantic import Field

from coach.content.bank import Identifier, Localized
from coach.domain._base import Frozen
from coach.domain.cell import Case, Cell
from coach.domain.vocabulary import Difficulty, Grade, Language, Rubric


class Facts(Frozen):
    """What the interviewer may say about the job and the interview."""

    en: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()

    def in_(self, language: Language) -> tuple[str, ...]:
        """Return the facts in ``language``."""
        return self.ru if language is Language.RU else self.en


class Scenario(Frozen):
    """Position, required grade, stack, bank, limits and policies."""

    id: Identifier
    title: Localized
    position: Localized
    required_grade: Grade
    stack: Annotated[tuple[str, ...], Field(min_length=1)]
    bank: Identifier
    start_difficulty: Difficulty = Difficulty.BASIC
    max_turns: Annotated[int, Field(ge=1, le=200)] = 12
    """Counts replies, the introduction included."""
    repeat_limit: Annotated[int, Field(ge=1)] | None = None
    """Repeats before a question is closed as a gap; None: no limit."""
    anchor: Literal["strict"] = "strict"
    """The anchor policy's name."""
    difficulty: Literal["two_in_a_row", "fixed"] = "two_in_a_row"
    """The difficulty policy's name."""
    facts: Facts = Facts()


class Matrix(Frozen):
    """Which cells a run holds."""

    id: Identifier
    title: Localized
    personas: Annotated[tuple[str, ...], Field(min_length=1)] | Literal["all"]
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = (Language.EN, Language.RU)
    variants: Annotated[int, Field(ge=1, le=1000)] = 1
    rubrics: Annotated[tuple[Rubric, ...], Field(min_length=1)] = (Rubric.REFERENCE,)
    prompts: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] = ("default",)
    """Prompt sets that run side by side on the same cases: ``default``, the name of a folder in ``prompts/``, or a
    folder's path."""
    epochs: Annotated[int, Field(ge=1, le=100)] = 1
    turns: Annotated[int, Field(ge=1, le=200)] | None = None
    """At most so many replies an interview; None: the scenario's own."""
    seed: int = 7

    def cells(self, model: str, personas: tuple[str, ...]) -> tuple[Cell, ...]:
        """Return the cells in order; ``personas`` is what ``all`` stands for."""
        chosen = personas if self.personas == "all" else self.personas
        return tuple(
            Cell(
                case=Case(persona=persona, scenario=scenario, language=language, variant=variant),
                model=model,
                prompts=prompts,
                rubric=rubric,
                epoch=epoch,
            )
            for persona in dict.fromkeys(chosen)
            for scenario in dict.fromkeys(self.scenarios)
            for language in dict.fromkeys(self.languages)
            for variant in range(self.variants)
            for prompts in dict.fromkeys(self.prompts)
            for rubric in dict.fromkeys(self.rubrics)
            for epoch in range(self.epochs)
        )
