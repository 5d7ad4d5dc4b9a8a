"""Bad input: one clear line, the right exit code, no traceback, nothing lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from coach.cli import run as coach


def fails(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = coach(list(arguments))
    _, err = capfd.readouterr()
    assert "Traceback" not in err
    return code, err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["simulate", "--persona", "halucinator"],
            "unknown persona 'halucinator'. Did you mean 'hallucinator'?",
        ),
        (["simulate", "--scenario", "python_backed"], "Did you mean 'python_backend'?"),
        (["simulate", "--matrix", "smok"], "unknown matrix 'smok'. Did you mean 'smoke'?"),
        (["simulate", "--matrix", "nowhere.yaml"], "nowhere.yaml: can't be read"),
        (["simulate", "--model", "gpt-9"], "model 'gpt-9' needs an endpoint"),
        (["simulate", "--content", "nowhere"], "--content: nowhere is no folder"),
        (["simulate", "--resume", "nothing"], "no run 'nothing'"),
        (
            ["simulate", "--resume", "x", "--persona", "hallucinator"],
            "--resume goes on with the run's own matrix",
        ),
        (["report"], "no run in runs; make one with: coach simulate"),
        (["transcript", "nothing"], "no run 'nothing'"),
        (["show", "persona", "honest"], "Did you mean 'honest_junior'?"),
        (["show", "questions", "python_backend/list"], "no question 'list'"),
        (["schema", "evnt"], "Did you mean 'event'?"),
        (["evaluate", "nowhere.jsonl"], "nowhere.jsonl: can't be read"),
    ],
)
def test_one_line_says_what_is_wrong(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, err = fails(capfd, *arguments)
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["simulate", "--language", "fr"], ["simulate", "--epochs", "0"], ["nonsense"]])
def test_what_typer_refuses_also_ends_with_2(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    code, err = fails(capfd, *arguments)
    assert code == 2
    assert err


def test_a_foreign_folder_is_no_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, err = fails(capfd, "report", str(tmp_path))
    assert code == 2
    assert "no run.json" in err
    (tmp_path / "run.json").write_text('{"hello": 1}', encoding="utf-8")
    code, err = fails(capfd, "report", str(tmp_path))
    assert code == 2
    assert "not coach's" in err
    (tmp_path / "run.json").write_text('{"coach_run": 99}', encoding="utf-8")
    assert "format 99" in fails(capfd, "report", str(tmp_path))[1]
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    assert "can't be read" in fails(capfd, "report", str(tmp_path))[1]


def test_a_broken_matrix_names_file_and_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("id: m\ntitle: {en: M, ru: М}\npersonas: all\nscenarios: [python_backend]\nvariant: 2\n", "utf-8")
    code, err = fails(capfd, "simulate", "--matrix", str(path))
    assert code == 2
    assert f"{path}:5: unknown key 'variant'. Did you mean 'variants'?" in err


def test_a_broken_line_of_labelled_replies_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "1", "language": "en", "answer": "yes"}\n{"id": \n', "utf-8")
    code, err = fails(capfd, "evaluate", str(path))
    assert code == 2
    assert f"{path}:2: " in err


def test_where_nothing_can_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "file"
    taken.write_text("", "utf-8")
    code, err = fails(capfd, "simulate", "--persona", "hallucinator", "--out", str(taken / "runs"))
    assert code == 4
    assert str(taken) in err


def test_a_full_disk_ends_cleanly_and_the_run_goes_on_later(tmp_path: Path) -> None:
    """A real limit on file size in a real process stands for the full disk."""
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); "
        "from coach.cli import main; main(sys.argv[1:])"
    )
    full = subprocess.run(
        [sys.executable, "-c", limited, "simulate", "--persona", "hallucinator", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 4, full.stderr
    assert "Traceback" not in full.stderr
    assert "journal.jsonl" in full.stderr
    (run,) = [p.parent for p in tmp_path.glob("*/run.json")]
    done = subprocess.run(
        [sys.executable, "-m", "coach", "simulate", "--out", str(tmp_path), "--resume", run.name, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_help_stays_quick() -> None:
    """``--help`` must not import what only a command needs."""
    code = (
        "import sys; from coach.cli import run; run(['--help']); "
        "heavy = {'pandas', 'numpy', 'jinja2', 'pydantic', 'snowballstemmer', 'rich.table'} & set(sys.modules); "
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
