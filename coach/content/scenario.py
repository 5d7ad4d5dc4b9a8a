"""A scenario (what is interviewed for) and a matrix (what is crossed with what)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, model_validator

from coach.content.bank import Identifier, Localized
from coach.content.gates import Gate
from coach.content.persona import Role
from coach.content.twins import twins_of
from coach.domain._base import Frozen
from coach.domain.cell import Case, Cell
from coach.domain.vocabulary import Difficulty, Grade, Language, Rubric, Split, Twin

GENERATED = "generated"
"""The bank that is none."""


class Facts(Frozen):
    """What the interviewer may say about the job and the interview."""

    en: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()

    def in_(self, language: Language) -> tuple[str, ...]:
        """Return the facts in ``language``."""
        return self.ru if language is Language.RU else self.en


class Roles(Frozen):
    """How candidates for this scenario call their position and stack: what fills a persona's introduction."""

    en: tuple[Role, ...] = ()
    ru: tuple[Role, ...] = ()


class Scenario(Frozen):
    """Position, required grade, stack, bank, limits and policies."""

    id: Identifier
    title: Localized
    position: Localized
    required_grade: Grade
    stack: Annotated[tuple[str, ...], Field(min_length=1)]
    bank: Identifier
    """A question bank, or ``generated``: the Interviewer's model writes the questions."""
    roles: Roles = Roles()
    """Empty: the position and the stack as they stand here."""
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

    @property
    def generated(self) -> bool:
        """Return whether the questions are written during the interview."""
        return self.bank == GENERATED

    def roles_in(self, language: Language) -> tuple[Role, ...]:
        """Return the roles in ``language``, at least one."""
        own = self.roles.ru if language is Language.RU else self.roles.en
        stack = ", ".join(self.stack)
        return own or (Role(position=self.position.in_(language), stack=stack, technologies=self.stack),)


@dataclass(frozen=True, slots=True)
class Names:
    """What ``all`` stands for in a matrix, and what its names lead to."""

    personas: tuple[str, ...] = ()
    payloads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The payloads of every attack family."""
    scripts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Persona and scenario of every acceptance script."""
    injects: Callable[[str], bool] = lambda persona: False
    """Whether a persona attacks by itself; asked only where a matrix has twins."""


class Matrix(Frozen):
    """Which cells a run holds."""

    id: Identifier
    title: Localized
    personas: tuple[str, ...] | Literal["all"] = ()
    scenarios: tuple[str, ...] = ()
    scripts: tuple[str, ...] | Literal["all"] = ()
    """Acceptance scripts: each brings its own persona and scenario, and is run once a language."""
    attacks: tuple[str, ...] | Literal["all"] = ()
    """Families, or ``family/payload``: each payload is delivered by each persona in an interview of its own."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = (Language.EN, Language.RU)
    variants: Annotated[int, Field(ge=1, le=1000)] = 1
    split: Split | None = None
    """``held_out``: personas say only what the offline model was never given; None: both. Scripts are not touched."""
    rubrics: Annotated[tuple[Rubric, ...], Field(min_length=1)] = (Rubric.REFERENCE,)
    prompts: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] = ("default",)
    """Prompt sets that run side by side on the same cases: ``default``, the name of a folder in ``prompts/``, or a
    folder's path."""
    epochs: Annotated[int, Field(ge=1, le=100)] = 1
    turns: Annotated[int, Field(ge=1, le=200)] | None = None
    """At most so many replies an interview; None: the scenario's own."""
    twins: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Which share of the cases is run a second time with something changed: attacks left out, an oracle in the
    Observer's place, talk or praise or length added, evidence added or removed."""
    gates: tuple[Gate, ...] = ()
    """What the run's figures must come to: see `coach gate`."""
    seed: int = 7

    @model_validator(mode="after")
    def _holds_something(self) -> "Matrix":
        if bool(self.personas) != bool(self.scenarios):
            raise ValueError("personas and scenarios are crossed, so give both")
        if not self.personas and not self.scripts:
            raise ValueError("give personas and scenarios, or scripts")
        return self

    def cells(self, model: str, names: Names) -> tuple[Cell, ...]:
        """Return the cells in order."""
        return tuple(
            Cell(case=case, model=model, prompts=prompts, rubric=rubric, epoch=epoch, twin=twin)
            for case in self._crossed(names)
            for prompts in dict.fromkeys(self.prompts)
            for rubric in dict.fromkeys(self.rubrics)
            for epoch in range(self.epochs)
            for twin in (None, *self._twins(case, names))
        )

    def _twins(self, case: Case, names: Names) -> tuple[Twin, ...]:
        if not self.twins:
            return ()
        return twins_of(case, self.twins, injects=case.attack is not None or names.injects(case.persona))

    def _crossed(self, names: Names) -> Iterator[Case]:
        for script in dict.fromkeys(names.scripts if self.scripts == "all" else self.scripts):
            persona, scenario = names.scripts[script]
            for language in dict.fromkeys(self.languages):
                yield Case(persona=persona, scenario=scenario, language=language, script=script)
        for persona in dict.fromkeys(names.personas if self.personas == "all" else self.personas):
            for scenario in dict.fromkeys(self.scenarios):
                for language in dict.fromkeys(self.languages):
                    for attack in self._attacks(names):
                        for variant in range(self.variants):
                            yield Case(
                                persona=persona,
                                scenario=scenario,
                                language=language,
                                attack=attack,
                                variant=variant,
                                split=self.split,
                            )

    def _attacks(self, names: Names) -> tuple[str | None, ...]:
        if not self.attacks:
            return (None,)
        found: dict[str, None] = {}
        for name in names.payloads if self.attacks == "all" else self.attacks:
            each = (name,) if "/" in name else (f"{name}/{payload}" for payload in names.payloads[name])
            found.update(dict.fromkeys(each))
        return tuple(found)
