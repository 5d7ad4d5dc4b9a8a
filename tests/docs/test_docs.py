"""What README and docs say is so: commands run, links lead somewhere, names exist."""

import io
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from coach.cli import run as coach
from coach.records.log_deviations import DEVIATIONS
from tests.cli.endpoint import endpoint, matrix
from tests.fake_openai import FakeOpenAI
from tests.fake_openai.batches import answer_batch

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"^(coach [^\n#]*)", re.MULTILINE)
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)
TABLE = re.compile(r"^\| `(coach [^`]+)`", re.MULTILINE)


def commands() -> list[str]:
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text("utf-8")):
            found += [c.strip() for c in COMMAND.findall(block)]
        found += TABLE.findall(page.read_text("utf-8"))
    return list(dict.fromkeys(found))


def test_every_command_in_the_docs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert coach(["simulate", "--persona", "hallucinator", "--variants", "1", "--turns", "4", "--export-logs"]) == 0
    (run,) = [p.name for p in (tmp_path / "runs").iterdir()]
    (tmp_path / "replies.jsonl").write_text(
        '{"id": "1", "language": "en", "answer": "stop", "label": "stop_command"}\n'
    )
    files_of("ci.md", tmp_path)
    for file in (ROOT / "docs" / "examples").glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.setattr("sys.stdin", io.StringIO("1\nq\n"))
    tried = commands()
    assert len(tried) >= 5
    batch = ""
    for command in tried:
        if "mine" in command or command.startswith("coach chat"):
            continue
        if "URL" in command:
            on_endpoint(command.replace("judge RUN", f"judge {run}"), monkeypatch)
            continue
        command = command.replace("FILE.jsonl", "replies.jsonl").replace("--resume RUN", f"--resume {run}")
        command = command.replace("compare BASE NEW", f"compare {run} {run}")
        command = command.replace("score LOGS", f"score runs/{run}/logs")
        command = command.replace("[RUN] [INTERVIEW]", f"{run} 1").replace("label RUN", f"label {run}")
        if "--batch-in" in command:
            answer_last_batch(batch, command.split("--batch-in ")[1])
        batch = command.split("--batch-out ")[1] if "--batch-out" in command else ""
        if re.search(r"regression|redteam", command) and "--matrix" in command:
            command += " --variants 1 --turns 3"  # whole, they take minutes
        assert coach(shlex.split(command)[1:]) == 0, command


def files_of(page: str, folder: Path) -> None:
    """Write the YAML files that a page names in their first line."""
    for name, text in re.findall(
        r"```yaml\n# (\S+\.yaml)\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


@pytest.mark.parametrize("service", ["GitHub", "GitLab"])
def test_the_jobs_of_the_page_on_ci_run(service: str, tmp_path: Path) -> None:
    """Every step but the installation, by a shell, with the page's own files and no key."""
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    (job,) = re.findall(rf"## {service}\n\n```yaml\n(.*?)```", text, re.DOTALL)
    whole = (
        yaml.safe_load(job)["jobs"]["coach"]["steps"] if service == "GitHub" else yaml.safe_load(job)["coach"]["script"]
    )
    steps = [s if isinstance(s, str) else s.get("run", "") for s in whole]
    files_of("ci.md", tmp_path)
    interviews = tmp_path / "tests" / "interviews"
    (interviews / "few.coach.yaml").write_text(
        "{id: few, title: {en: Few, ru: Мало}, personas: [terse], scenarios: [python_backend], languages: [en]}\n",
        "utf-8",
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COACH_", "GITHUB_"))} | {"PATH": path}
    tried = [s for s in steps if s and not s.startswith("pip install")]
    assert len(tried) >= 2
    for step in tried:
        done = subprocess.run(["sh", "-ec", step], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (step, done.stdout[-2000:], done.stderr[-2000:])
    assert list(ET.parse(tmp_path / "gates.xml").getroot().iter("testcase"))
    assert list((tmp_path / "runs").iterdir())


def answer_last_batch(requests: str, output: str) -> None:
    """Answer what the command before has written, as a batch API would; nothing in it fits, which is a figure too."""
    with FakeOpenAI() as server:
        assert answer_batch(server, Path(requests), Path(output))


def on_endpoint(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command of the docs on a fake endpoint; a run is cut to one short interview."""
    with endpoint(monkeypatch, matrix=matrix(personas=["honest_junior"], turns=2)) as server:
        words = shlex.split(command.replace("NAME", "gpt-4o-mini").replace("URL", server.base_url))[1:]
        cut = [] if words[0] == "judge" else ["--persona", "honest_junior", "--variants", "1", "--turns", "2"]
        assert coach([*words, *cut]) == 0, command


def test_the_page_on_content_builds_a_persona_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "content.md").read_text("utf-8")
    (persona,) = re.findall(r"```yaml\n# mine/personas/shy\.yaml\n(.*?)```", text, re.DOTALL)
    folder = tmp_path / "mine" / "personas"
    folder.mkdir(parents=True)
    (folder / "shy.yaml").write_text(persona, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert coach(["validate", "mine"]) == 0
    assert coach(["simulate", "--content", "mine", "--persona", "shy", "--turns", "4"]) == 0


def test_the_page_on_authoring_runs_from_start_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "authoring.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    tried = [line for block in blocks for line in block.splitlines()]
    assert len(tried) >= 8
    for command in tried:
        # A new bank lacks three levels, and validate says so.
        expected = 2 if command == "coach validate mine" else 0
        assert coach(shlex.split(command)[1:]) == expected, command


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_deviation_of_logs_is_documented() -> None:
    text = (ROOT / "docs" / "logs.md").read_text("utf-8")
    assert [name for name in DEVIATIONS if f"`{name}`" not in text] == []
