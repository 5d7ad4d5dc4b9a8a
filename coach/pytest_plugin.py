"""The pytest plugin: ``pytest --coach`` runs ``*.coach.yaml`` matrices, each cell and each gate a test.

A matrix is run once, whoever asks first; under xdist the first worker runs it and the others wait for it. A file
``NAME.cassette.jsonl`` beside ``NAME.coach.yaml`` is replayed, so that no test needs a network.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coach.errors import CoachError, UsageError

if TYPE_CHECKING:
    from coach.cli.embedded import CoachRun
    from coach.content.gates import Gate
    from coach.content.scenario import Matrix
    from coach.domain.cell import Cell
    from coach.scoring.gates import GateResult

SUFFIX = ".coach.yaml"
_RECORD = "If the change is meant, record anew and read the diff: pytest --coach --coach-record"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the group ``coach``."""
    group = parser.getgroup("coach", "simulated interviews")
    group.addoption("--coach", action="store_true", help="Collect *.coach.yaml matrices.")
    group.addoption(
        "--coach-model", metavar="NAME", help="Which model answers. Default: the cassette's, or COACH_MODEL."
    )
    group.addoption(
        "--coach-record", action="store_true", help="Record each matrix's cassette anew instead of replaying."
    )
    group.addoption("--coach-baseline", metavar="RUN", help="The run that not_worse_than_baseline compares with.")
    group.addoption("--coach-strict", action="store_true", help="An inconclusive gate fails instead of being skipped.")
    group.addoption("--coach-out", metavar="DIR", help="Keep the runs there. Default: a temporary folder.")


def pytest_configure(config: pytest.Config) -> None:
    """Give the session's runs a place."""
    config.stash[_RUNS] = _Runs(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a matrix file where ``--coach`` is given."""
    if parent.config.getoption("--coach") and file_path.name.endswith(SUFFIX):
        return MatrixFile.from_parent(parent, path=file_path)
    return None


@dataclass
class _Runs:
    """The runs of one session, each made once."""

    config: pytest.Config
    made: "dict[Path, CoachRun | CoachError]" = field(default_factory=dict)
    _own: "tempfile.TemporaryDirectory[str] | None" = None

    def of(self, path: Path) -> "CoachRun":
        """Return the run of a matrix file. Raises CoachError, the same each time."""
        if path not in self.made:
            try:
                self.made[path] = self._run_once(path)
            except CoachError as error:
                self.made[path] = error
        found = self.made[path]
        if isinstance(found, CoachError):
            raise found
        return found

    def folder(self) -> Path:
        """Return where runs go: shared by the workers of one session."""
        given = self.config.getoption("--coach-out")
        if given:
            return Path(str(given))
        shared = getattr(self.config, "workerinput", {}).get("testrunuid")
        if shared:
            return Path(tempfile.gettempdir()) / f"coach-{os.getuid() if hasattr(os, 'getuid') else 0}-{shared}"
        if self._own is None:
            self._own = tempfile.TemporaryDirectory(prefix="coach-")
        return Path(self._own.name)

    def _run_once(self, path: Path) -> "CoachRun":
        out = self.folder()
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
        session = getattr(self.config, "workerinput", {}).get("testrunuid")
        if not session:
            return _run(path, self.config, out)
        # One worker runs it and says where; who comes later waits for the lock and reads that.
        with _waiting(out / f".{name}-{session}.lock"):
            told = out / f".{name}-{session}.run"
            if told.is_file():
                found = json.loads(told.read_text("utf-8"))
                return _opened(Path(found["run"]), found["failures"])
            run = _run(path, self.config, out)
            said = {"run": str(run.folder.path.resolve()), "failures": dict(run.failures)}
            told.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
            return run


_RUNS = pytest.StashKey[_Runs]()


def _waiting(path: Path) -> "Any":
    """Return a context that holds a lock file, waiting for it; it is let go of when the process dies."""
    from coach.records.lock import wait_for

    return wait_for(path)


def _library() -> "Any":
    from coach.cli.common import open_library
    from coach.settings import load_settings

    return open_library(load_settings(), None)


def _opened(path: Path, failures: "Mapping[str, str] | None" = None) -> "CoachRun":
    from coach.cli.embedded import CoachRun
    from coach.records.run import RunFolder

    return CoachRun(RunFolder.open(path), _library(), failures or {})


def _run(path: Path, config: pytest.Config, out: Path) -> "CoachRun":
    from coach.cli.embedded import run_matrix
    from coach.cli.options import CassetteChoice
    from coach.settings import load_settings

    matrix = _read(path)
    cassette = path.with_name(path.name.removesuffix(SUFFIX) + ".cassette.jsonl")
    record = bool(config.getoption("--coach-record"))
    named = config.getoption("--coach-model")
    model = str(named) if named else None
    # The old recording stays until the new one is whole.
    fresh = cassette.with_name(f"{cassette.name}.new")
    fresh.unlink(missing_ok=True)
    used = fresh if record else cassette if cassette.is_file() else None
    run = run_matrix(
        matrix,
        _library(),
        load_settings(),
        out=out,
        model=model or (_model_in(cassette) if used and not record else None),
        cassette=used,
        mode=CassetteChoice.RECORD if record else CassetteChoice.REPLAY,
        beside=path.parent,
    )
    if record and not run.failures:
        fresh.replace(cassette)
    return run


def _model_in(cassette: Path) -> str | None:
    """Return the model whose answers a cassette holds, None where there are several."""
    from coach.models.cassette import Cassette

    models = Cassette(cassette, "replay").models()
    return models[0] if len(models) == 1 else None


def _read(path: Path) -> "Matrix":
    from coach.content import yaml_files
    from coach.content.scenario import Matrix

    return yaml_files.load(path, Matrix)


class MatrixFile(pytest.File):
    """One matrix."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test a cell and a test a gate."""
        from coach.cli.gating import check
        from coach.cli.simulate import check_names

        try:
            library = _library()
            matrix = check_names(_read(self.path), library)
            cells = [c for c in matrix.cells("", library.names) if c.twin is None]
            check(matrix.gates, cells, library)
        except CoachError as error:
            raise self.CollectError(str(error)) from error
        for cell in cells:
            yield CellItem.from_parent(self, name=f"{cell.title}", cell=cell)
        for gate in matrix.gates:
            yield GateItem.from_parent(self, name=f"gate: {gate}", gate=gate)

    def run(self) -> "CoachRun":
        """Return the matrix's run. Raises CoachError."""
        return self.config.stash[_RUNS].of(self.path)

    @cached_property
    def gates(self) -> "dict[str, GateResult]":
        """What the gates came to, by gate in words. Raises CoachError."""
        named = self.config.getoption("--coach-baseline")
        baseline = _opened(Path(str(named))) if named else None
        return {r.name: r for r in self.run().gates(baseline)}


class _Item(pytest.Item):
    """What both kinds of test share."""

    @property
    def matrix(self) -> MatrixFile:
        """The file that this test is from."""
        assert isinstance(self.parent, MatrixFile)  # noqa: S101 - for the type checker
        return self.parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object, **__: object) -> str:
        """Return a failure as its own text; anything unexpected as pytest does."""
        if isinstance(excinfo.value, CoachError | NotAsWanted):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where this test is from."""
        return self.path, None, self.name


class NotAsWanted(Exception):
    """A cell or a gate is not as it should be; the text has the transcript."""


class CellItem(_Item):
    """One interview: it ended without a fault, and all that is wanted of every interview holds."""

    def __init__(self, *, cell: "Cell", **rest: Any) -> None:
        super().__init__(**rest)
        self.cell = cell

    def runtest(self) -> None:
        """Fail with what is wrong and the transcript."""
        run = self.matrix.run()
        wanted = self.cell.model_copy(update={"model": ""}).key
        for cell in run.folder.manifest.cells:
            if cell.model_copy(update={"model": ""}).key == wanted and cell.key in run.failures:
                why = run.failures[cell.key]
                hint = f"\n{_RECORD}" if "no recording" in why else ""
                raise NotAsWanted(f"the interview did not end: {why}{hint}")
        for interview, record in run.interviews.items():
            if record.cell is None or record.cell.model_copy(update={"model": ""}).key != wanted:
                continue
            problems = run.problems.get(interview, ())
            if problems:
                raise NotAsWanted("\n".join([*problems, "", run.transcript(interview)]))
            return
        raise NotAsWanted(f"the run {run.folder.path} has no interview of {self.cell.title}")


class GateItem(_Item):
    """One gate of the matrix."""

    def __init__(self, *, gate: "Gate", **rest: Any) -> None:
        super().__init__(**rest)
        self.gate = gate

    def runtest(self) -> None:
        """Fail with the figure, why, and the transcript that speaks most against it; skip where it is inconclusive."""
        from coach.reporting.gates import value_of, why

        run = self.matrix.run()
        result = self.matrix.gates[str(self.gate)]
        if result.outcome == "pass":
            return
        if result.outcome == "inconclusive" and not self.config.getoption("--coach-strict"):
            pytest.skip(f"inconclusive: {why(result)}")
        shown = f"{result.name}\n{result.outcome}: {value_of(result)}; {why(result)}"
        examples = [e.interview for e in result.counterexamples]
        interview = examples[0] if examples else run.worst(self.gate)
        raise NotAsWanted(f"{shown}\n\n{run.transcript(interview) if interview else ''}")


@pytest.fixture
def coach_run(tmp_path: Path, request: pytest.FixtureRequest) -> "Callable[..., CoachRun]":
    """Return a function that runs a matrix and returns the run: ``coach_run("smoke", personas=["hallucinator"])``.

    Its first argument is a matrix by name or file (default ``smoke``); ``model``, ``cassette``, ``engine`` as on the
    command line; every other argument replaces that entry of the matrix.
    """
    from coach.cli.embedded import run_matrix
    from coach.cli.simulate import check_names, find_matrix, matrix_folder
    from coach.content.scenario import Matrix
    from coach.settings import load_settings

    def run(
        matrix: str | Path = "smoke",
        *,
        model: str | None = None,
        cassette: Path | None = None,
        engine: str | None = None,
        **changes: object,
    ) -> "CoachRun":
        library = _library()
        found = find_matrix(str(matrix), library)
        unknown = set(changes) - set(Matrix.model_fields)
        if unknown:
            raise UsageError(f"coach_run: a matrix has no '{min(unknown)}'")
        chosen = check_names(Matrix.model_validate(found.model_dump() | changes), library)
        return run_matrix(
            chosen,
            library,
            load_settings(),
            out=tmp_path / "runs",
            model=model,
            cassette=cassette,
            engine=engine,
            beside=matrix_folder(str(matrix)),
        ).check()

    return run
