"""The pytest plugin, in sessions of its own: what is collected, what fails and how it reads, under xdist too."""

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
HEAD = """id: small
title: {en: Small, ru: Малая}
personas: [terse, hallucinator]
scenarios: [python_backend]
languages: [en]
turns: 5
"""
PASSING = "gates:\n  - {measure: conformance.plain_text, always: true}\n"
FAILING = """gates:
  - {measure: conformance.plain_text, never: true, why: a test wants it so}
  - {measure: conformance.plain_text, at_most: 0.3}
  - {measure: detection.kind.accuracy, at_least: 0.5}
"""


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\n")
    return pytester


def write(session: pytest.Pytester, text: str, name: str = "small.coach.yaml") -> Path:
    path = session.path / name
    path.write_text(text, "utf-8")
    return path


def test_nothing_is_collected_unasked(session: pytest.Pytester) -> None:
    write(session, HEAD + PASSING)
    session.runpytest_subprocess().assert_outcomes()


@pytest.mark.parametrize("workers", [0, 2])
def test_each_cell_and_each_gate_is_a_test(session: pytest.Pytester, workers: int) -> None:
    write(session, HEAD + PASSING)
    result = session.runpytest_subprocess("--coach", "-v", "-n", str(workers), "--coach-out", "kept")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines_random(["*terse/python_backend/en/v0*PASSED*" if not workers else "*PASSED*terse*"])
    assert len(list((session.path / "kept").glob("*/run.json"))) == 1


def test_a_failure_reads_with_its_transcript(session: pytest.Pytester) -> None:
    write(session, HEAD + FAILING)
    result = session.runpytest_subprocess("--coach", "-rs")
    # Each cell breaks the absolute gate; both gates on the form fail; the last has too few clusters to tell.
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 4
    text = result.stdout.str()
    assert "not conformance.plain_text never" in text
    assert "a test wants it so" in text
    assert "Interviewer:" in text
    assert "Candidate:" in text
    assert "Traceback" not in text


def test_strict_makes_what_is_open_fail(session: pytest.Pytester) -> None:
    write(session, HEAD + "gates:\n  - {measure: detection.kind.accuracy, not_worse_than_baseline: 0.1}\n")
    session.runpytest_subprocess("--coach").assert_outcomes(passed=2, skipped=1)
    session.runpytest_subprocess("--coach", "--coach-strict").assert_outcomes(passed=2, failed=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "gates:\n  - {measure: anchor.keptt, always: true}\n", "*Did you mean 'anchor.kept'*"),
        (HEAD + "gates:\n  - {measure: detection.kind.accuracy, at_least: 0.999}\n", "*can never pass*"),
        (HEAD.replace("terse", "tersee"), "*unknown persona 'tersee'*"),
        (HEAD + "gate: 1\n", "*small.coach.yaml:7*"),
        (": no yaml [", "*small.coach.yaml*"),
    ],
)
def test_a_bad_matrix_is_an_error_with_a_reason(session: pytest.Pytester, text: str, message: str) -> None:
    write(session, text)
    result = session.runpytest_subprocess("--coach")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    assert "Traceback" not in result.stdout.str()


def test_a_cassette_beside_it_is_replayed_and_a_changed_prompt_fails_with_the_diff(session: pytest.Pytester) -> None:
    ours = Path(__file__).parents[2] / "coach" / "engine" / "prompts" / "en"
    own = session.path / "mine" / "en"
    own.mkdir(parents=True)
    shutil.copy(ours / "observer.system.j2", own)
    write(session, HEAD + "prompts: [mine]\n" + PASSING)
    cassette = session.path / "small.cassette.jsonl"
    session.runpytest_subprocess("--coach", "--coach-record").assert_outcomes(passed=3)
    recorded = cassette.read_bytes()
    session.runpytest_subprocess("--coach", "-n", "2").assert_outcomes(passed=3)
    assert cassette.read_bytes() == recorded
    template = own / "observer.system.j2"
    template.write_text(template.read_text("utf-8") + "\nTake your time.\n", "utf-8")
    result = session.runpytest_subprocess("--coach")
    assert result.parseoutcomes()["failed"] == 2
    result.stdout.fnmatch_lines(["*did not end: no recording*", "*+Take your time.*"])
    write(session, HEAD + "prompts: [mien]\n" + PASSING)
    assert session.runpytest_subprocess("--coach", "--coach-record").ret != 0
    assert cassette.read_bytes() == recorded, "a recording that fails leaves the old one alone"


def test_the_fixture_runs_a_matrix_and_answers_questions(session: pytest.Pytester) -> None:
    session.makepyfile(
        """
        import pytest
        from coach.errors import UsageError

        def test_run(coach_run):
            run = coach_run("smoke", personas=["terse"], variants=1, turns=4, languages=["en"],
                            gates=[{"measure": "conformance.plain_text", "always": True}])
            assert run.measure("conformance.plain_text").value == 1.0
            assert run.measure("detection.kind.accuracy", persona="terse").n > 0
            (interview,) = run.interviews
            assert "Candidate:" in run.transcript(interview)
            assert [g.outcome for g in run.gates()] == ["pass"]
            assert run.problems == {}
            with pytest.raises(KeyError, match="no measure"):
                run.measure("anchor.kept", persona="nobody")

        def test_wrong(coach_run):
            with pytest.raises(UsageError, match="a matrix has no 'persona'"):
                coach_run(persona="terse")
        """
    )
    session.runpytest_subprocess().assert_outcomes(passed=2)
