"""All content by kind and id: what ships with coach, and the user's own folder above it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from coach.content import yaml_files
from coach.content.attack import Attack, Payload
from coach.content.bank import Bank, BankHeader, BankQuestion
from coach.content.persona import Persona, Phrases
from coach.content.places import data_dir
from coach.content.scenario import GENERATED, Matrix, Names, Scenario
from coach.content.script import Script
from coach.errors import ContentError, UsageError, nearest

T = TypeVar("T")


class Shelf(Mapping[str, T], Generic[T]):
    """The content of one kind by id, each file loaded when first asked for."""

    def __init__(self, kind: str, files: Mapping[str, Path], read: Callable[[Path], T]) -> None:
        self.kind = kind
        self.files = dict(sorted(files.items()))
        self._read = read
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        """Return the entry, or raise UsageError naming the nearest."""
        if name not in self._loaded:
            if name not in self.files:
                raise UsageError(f"unknown {self.kind} '{name}'.{nearest(name, self.files)}")
            self._loaded[name] = self._read(self.files[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


class Library:
    """Personas, attacks, phrases, scenarios, banks and matrices.

    A user's folder has the same layout (``personas/``, ``personas/attacks/``, ``scenarios/``,
    ``scenarios/matrices/``, ``scenarios/scripts/``, ``scenarios/questions/BANK/``);
    an id that stands in it replaces ours.
    """

    def __init__(self, extra: Path | None = None) -> None:
        if extra is not None and not extra.is_dir():
            raise UsageError(f"--content: {extra} is no folder")
        self.extra = extra
        self.roots: tuple[tuple[Path, Path], ...] = (
            (data_dir("personas"), data_dir("scenarios")),
            *(((extra / "personas", extra / "scenarios"),) if extra else ()),
        )

    def _files(self, of: int, *below: str) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for roots in self.roots:
            for path in sorted(roots[of].joinpath(*below).glob("*.yaml")):
                found[path.stem] = path
        return found

    @cached_property
    def personas(self) -> Shelf[Persona]:
        """Personas by id."""
        return Shelf("persona", self._files(0), lambda p: _named(yaml_files.load(p, Persona), p))

    @cached_property
    def attacks(self) -> Shelf[Attack]:
        """Attack families by id."""
        files = self._files(0, "attacks")
        return Shelf("attack", files, lambda p: _named(yaml_files.load(p, Attack), p))

    def payload(self, name: str) -> tuple[Attack, Payload | None]:
        """Return the attack that ``family`` or ``family/payload`` names, or raise UsageError naming the nearest."""
        family, slash, payload = name.partition("/")
        attack = self.attacks[family]
        known = [p.id for p in attack.payloads]
        if slash and payload not in known:
            raise UsageError(f"attack '{family}' has no payload '{payload}'.{nearest(payload, known)}")
        return attack, attack.payload(payload) if payload else None

    @cached_property
    def phrases(self) -> Phrases:
        """The shared phrases."""
        return yaml_files.load(self._files(0, "phrases")["shared"], Phrases)

    @cached_property
    def scenarios(self) -> Shelf[Scenario]:
        """Scenarios by id."""
        return Shelf("scenario", self._files(1), lambda p: _named(yaml_files.load(p, Scenario), p))

    @cached_property
    def matrices(self) -> Shelf[Matrix]:
        """Matrices by id."""
        files = self._files(1, "matrices")
        return Shelf("matrix", files, lambda p: _named(yaml_files.load(p, Matrix), p))

    @cached_property
    def scripts(self) -> Shelf[Script]:
        """Acceptance scripts by id."""
        files = self._files(1, "scripts")
        return Shelf("script", files, lambda p: _named(yaml_files.load(p, Script), p))

    @property
    def names(self) -> Names:
        """What a matrix's names lead to; attacks and scripts are read."""
        payloads = {name: tuple(p.id for p in attack.payloads) for name, attack in self.attacks.items()}
        scripts = {name: (script.persona, script.scenario) for name, script in self.scripts.items()}
        return Names(
            personas=tuple(self.personas),
            payloads=payloads,
            scripts=scripts,
            injects=lambda persona: self.personas[persona].injects,
        )

    @cached_property
    def prompts(self) -> Mapping[str, Path]:
        """Folders of prompt sets by name, in the user's folder's ``prompts/``."""
        root = self.extra / "prompts" if self.extra else None
        if root is None or not root.is_dir():
            return {}
        return {p.name: p.resolve() for p in sorted(root.iterdir()) if p.is_dir()}

    def bank_of(self, scenario: str) -> Bank:
        """Return the bank of a scenario by id; one without questions where they are written as it goes."""
        found = self.scenarios[scenario]
        if not found.generated:
            return self.banks[found.bank]
        return Bank(header=BankHeader(id=GENERATED, title=found.title, technologies=found.stack), questions=())

    def banks_of(self, scenarios: Iterable[str]) -> list[Bank]:
        """Return the banks of some scenarios, each once, by id; those without questions are left out."""
        found = {b.id: b for b in map(self.bank_of, dict.fromkeys(scenarios)) if b.questions}
        return [found[name] for name in sorted(found)]

    @cached_property
    def banks(self) -> Shelf[Bank]:
        """Question banks by id."""
        found: dict[str, Path] = {}
        for _, scenarios in self.roots:
            for path in sorted((scenarios / "questions").glob("*/bank.yaml")):
                found[path.parent.name] = path
        return Shelf("questions", found, load_bank)


def load_bank(path: Path) -> Bank:
    """Return the bank whose header is at ``path``; its questions lie beside it. Raises ContentError."""
    header = yaml_files.load(path, BankHeader)
    if header.id != path.parent.name:
        raise ContentError(f"its id is '{header.id}', its folder '{path.parent.name}'; make them one", path)
    files = sorted(p for p in path.parent.glob("*.yaml") if p.name != "bank.yaml")
    if not files:
        raise ContentError("this bank has no question files beside it", path)
    questions = [_named(yaml_files.load(p, BankQuestion), p) for p in files]
    for question, file in zip(questions, files, strict=True):
        if unknown := set(question.technologies) - set(header.technologies):
            raise ContentError(f"technologies {sorted(unknown)} are not among bank.yaml's", file)
    questions.sort(key=lambda q: (q.difficulty.rank, q.id))
    return Bank(header=header, questions=tuple(questions))


def _named(item: T, path: Path) -> T:
    found = getattr(item, "id", None)
    if found != path.stem:
        raise ContentError(f"its id is '{found}', its file '{path.name}'; make them one", path)
    return item
