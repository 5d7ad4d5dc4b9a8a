"""What a run is set up with beside its models: prompt sets, whose words the candidates speak, whose interviewer."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.cli.options import OFFLINE, ModelChoice
from coach.errors import RunError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coach.content.library import Library
    from coach.content.scenario import Matrix
    from coach.engine.prompts import PromptSet
    from coach.models.base import Model
    from coach.models.templates import Templates
    from coach.simulation import Cases
    from coach.simulation.cases import Words


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a run's cases are built with."""

    choice: ModelChoice
    prompts: "dict[str, PromptSet]" = field(default_factory=dict)
    """By name; ``default`` needs no entry."""
    words: "Words" = "scripted"
    engine: str | None = None
    """A user's own interviewer as ``module:factory`` or entry point; None: ours."""
    judge: int = 0
    """How many replies a judge labels after the run."""

    @property
    def label(self) -> str:
        """Return what the run is on: the models, or the user's own interviewer."""
        return self.engine or self.choice.label

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles that models are asked for."""
        from coach.simulation.cases import roles

        judge = ("judge",) if self.judge else ()
        return (*(r.value for r in roles(self.words, engine=self.engine is not None)), *judge)

    def check(self) -> None:
        """Raise UsageError where a role has a model that can't speak for it, or the interviewer can't be loaded."""
        from coach.simulation.foreign import load_engine

        if self.engine is not None:
            load_engine(self.engine)
        for role, option in (("candidate", "--candidate llm"), ("judge", "--judge")):
            if role in self.roles and self.choice.of(role) == OFFLINE:
                raise UsageError(f"{option} needs a model that writes: name it with --model {role}=NAME")

    def check_questions(self, library: "Library", scenarios: "Iterable[str]") -> None:
        """Raise UsageError where a scenario has no bank and no model that writes its questions."""
        for name in dict.fromkeys(scenarios):
            wants = self.engine is None and library.scenarios[name].generated
            if wants and self.choice.of("interviewer") == OFFLINE:
                raise UsageError(
                    f"scenario '{name}' has no bank: its questions are written by a model; "
                    "name one with --model interviewer=NAME"
                )

    def cases(self, matrix: "Matrix", library: "Library", model: "Model") -> "Cases":
        """Return the cases of a run on ``model``."""
        from coach.simulation import Cases
        from coach.simulation.foreign import load_engine

        return Cases(
            library,
            model,
            seed=matrix.seed,
            turns=matrix.turns,
            prompts=self.prompts,
            sampling=self.choice.sampling,
            words=self.words,
            engine=load_engine(self.engine) if self.engine else None,
        )

    def saved(self) -> dict[str, Any]:
        """Return what a manifest keeps, so that the run can go on."""
        return {
            **self.choice.saved(),
            "candidate": self.words,
            "engine": self.engine,
            "judge": self.judge,
            "prompts": {name: str(s.folder.resolve()) for name, s in self.prompts.items() if s.folder},
        }

    def prompt_hashes(self) -> dict[str, str]:
        """Return the SHA-256 of every template, those of other sets than the default as ``name:template``."""
        return {f"{before}{k}": v for before, used in self._templates() for k, v in used.hashes().items()}

    def prompt_sources(self) -> list[str]:
        """Return the text of every template; a run keeps them, so that it can be compared when they have changed."""
        return [text for _, used in self._templates() for text in used.sources().values()]

    def _templates(self) -> "Iterator[tuple[str, Templates]]":
        """Yield every set of templates with what its names begin with."""
        from coach.engine.prompts import DEFAULT

        if self.engine is None:
            yield "", DEFAULT
        for name, prompts in self.prompts.items():
            if name != DEFAULT.name:
                yield f"{name}:", prompts
        if self.words == "llm":
            from coach.candidates.simulated import PROMPTS as WORDING

            yield "", WORDING
        if self.judge:
            from coach.simulation.judging import PROMPTS as JUDGING

            yield "", JUDGING

    def check_prompts(self, before: dict[str, str]) -> None:
        """Raise RunError where a template is no longer what the run began with."""
        now = self.prompt_hashes()
        changed = sorted(k for k in before.keys() | now.keys() if before.get(k) != now.get(k))
        if changed:
            raise RunError(
                f"the prompts have changed since this run began ({', '.join(changed[:3])}"
                f"{', …' if len(changed) > 3 else ''}); start a new run, or put them back"
            )


def resolve_prompts(names: tuple[str, ...], library: "Library", beside: Path | None = None) -> "dict[str, PromptSet]":
    """Return the prompt sets by name: ``default``, a name in a content folder's ``prompts/``, or a folder's path.

    A path is looked for ``beside`` the matrix file that names it, then in the working directory.
    Every template is tried.

    Raises:
        UsageError: there is none, or two have one name.
        ContentError: a template in it can't be used (with the file).
    """
    from coach.engine.prompts import DEFAULT, PromptSet

    found: dict[str, PromptSet] = {}
    for given in dict.fromkeys(names):
        if given == DEFAULT.name:
            found[given] = DEFAULT
            continue
        folder = _folder(given, library, beside)
        prompts = PromptSet(folder.name, folder)
        if prompts.name in found:
            raise UsageError(f"two prompt sets are called '{prompts.name}'; rename one of the folders")
        prompts.check()
        found[prompts.name] = prompts
    return found


def _folder(given: str, library: "Library", beside: Path | None) -> Path:
    if given in library.prompts:
        return Path(library.prompts[given])
    roots: list[Path] = [beside, Path()] if beside else [Path()]
    for root in roots:
        if (root / given).is_dir():
            return (root / given).resolve()
    raise UsageError(
        f"no prompt set '{given}': neither a folder nor a name.{nearest(given, ['default', *library.prompts])}"
    )
