"""Batches from end to end: written, answered by a server over real HTTP, read again; the figures are a live run's."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from coach.cli import run as coach
from coach.cli.evaluate import read_lines
from coach.cli.observing import observe_all
from coach.models.batch import parts
from coach.offline import Knowledge, OfflineModel
from tests.cli.endpoint import LIBRARY, no_secret_in
from tests.fake_openai import Answers, FakeOpenAI, Fault
from tests.fake_openai.answers import Registering, reworded
from tests.fake_openai.batches import answer_batch, answered, failed, write_output
from tests.fake_openai.server import KEY

MODEL = ["--model", "gpt-4o-mini"]
QUESTIONS = [q for lang in ("en", "ru") for q in LIBRARY.banks["python_backend"].for_engine(lang)[:6]]


def replies() -> list[dict[str, Any]]:
    """Forty-eight labelled replies: what a bank says of each question, and what nobody does."""
    found = []
    for number, question in enumerate(QUESTIONS):
        said = {
            "normal": question.reference,
            "dont_know": "Не знаю" if question.language == "ru" else "I don't know",
            "off_topic": "Погода сегодня хорошая \u2028 и ладно" if question.language == "ru" else "Nice weather today",
            "stop_command": "стоп" if question.language == "ru" else "stop",
        }
        for label, text in said.items():
            found.append(
                {
                    "id": f"{label} {number}",
                    "language": question.language,
                    "question": question.text,
                    "answer": text,
                    "label": label,
                    "acceptable": ["excellent"] if label == "normal" else [],
                    "must_not": ["hallucination"],
                    "pair": f"p{number}",
                }
            )
    return found


@contextmanager
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Iterator[tuple[FakeOpenAI, Path]]:
    """A fake server that knows what the offline model would say of the replies, and their file."""
    file = tmp_path / "replies.jsonl"
    file.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in replies()), "utf-8")
    answers = Answers()
    model = Registering(answers, OfflineModel(Knowledge.from_banks(LIBRARY.banks.values())), None, reworded)
    asyncio.run(observe_all(read_lines(file), model, LIBRARY))
    monkeypatch.chdir(tmp_path)
    with FakeOpenAI(answers=answers, **options) as server:
        monkeypatch.setenv("COACH_BASE_URL", server.base_url)
        monkeypatch.setenv("COACH_API_KEY", KEY)
        yield server, file


def some(body: dict[str, Any]) -> int:
    """A number that depends on what is asked, not on when; a repair has its first question's."""
    asked = next(m["content"] for m in body["messages"] if m["role"] == "user")
    return int(hashlib.sha256(asked.encode()).hexdigest(), 16)


MALFORMED = (Fault.NO_JSON, Fault.TRUNCATED, Fault.REFUSAL, Fault.FILTERED, Fault.EMPTY)


def bad(number: int, body: dict[str, Any]) -> Fault:
    """A third is malformed for good; some is fenced, in prose, or comes without usage."""
    odd = (*MALFORMED, Fault.FENCED, Fault.PROSE, Fault.NO_USAGE, *[Fault.NONE] * 7)
    return odd[some(body) % len(odd)]


def bad_at_first(number: int, body: dict[str, Any]) -> Fault:
    """What is malformed is repaired when it is asked for again."""
    return Fault.NONE if any(m["role"] == "assistant" for m in body["messages"]) else bad(number, body)


def figures(capfd: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert coach(["evaluate", *arguments, "--json"]) == code
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


@pytest.mark.parametrize("faults", [lambda *_: Fault.NONE, bad], ids=["good", "bad"])
def test_a_batch_has_exactly_the_figures_of_a_live_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], faults: Any
) -> None:
    with served(tmp_path, monkeypatch, faults=faults) as (server, file):
        live = figures(capfd, str(file), *MODEL, "--output", "live.jsonl")
        asked = [s.body for s in server.seen[1:] if not any(m["role"] == "assistant" for m in s.body["messages"])]
        server.seen.clear()
        assert coach(["evaluate", str(file), *MODEL, "--batch-out", "batch.jsonl"]) == 0
        assert not server.seen
        lines = [json.loads(x) for x in Path("batch.jsonl").read_text("utf-8").split("\n")[:-1]]
        assert sorted(json.dumps(x["body"]) for x in lines) == sorted(json.dumps(b) for b in asked)
        answer_batch(server, Path("batch.jsonl"), tmp_path / "output.jsonl")
    assert "48 requests to the observer gpt-4o-mini" in capfd.readouterr().out
    batch = figures(capfd, str(file), *MODEL, "--batch-in", "output.jsonl", "--output", "batched.jsonl")
    assert batch == live
    assert Path("live.jsonl").read_bytes() == Path("batched.jsonl").read_bytes()
    assert bool(batch["misses"]) == (faults is bad)
    assert not batch["unanswered"]
    no_secret_in(tmp_path)


def test_what_was_malformed_is_repaired_by_a_second_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(tmp_path, monkeypatch, faults=bad_at_first) as (server, file):
        known = server.answers.of
        server.answers.of = lambda messages: known(messages[:2])  # type: ignore[method-assign]
        live = figures(capfd, str(file), *MODEL)
        assert not live["misses"]
        assert coach(["evaluate", str(file), *MODEL, "--batch-out", "b1"]) == 0
        answer_batch(server, Path("b1"), tmp_path / "o1")
        capfd.readouterr()
        once = figures(capfd, str(file), *MODEL, "--batch-in", "o1", "--batch-out", "b2")
        assert sum(once["misses"].values()) == len(Path("b2").read_text("utf-8").splitlines()) > 5
        answer_batch(server, Path("b2"), tmp_path / "o2")
        both = ["--batch-in", "o2", "--batch-in", "o1"]
        assert figures(capfd, str(file), *MODEL, *both) == live
        assert coach(["evaluate", str(file), *MODEL, *both, "--batch-out", "b3"]) == 0
    assert "Nothing is left to ask" in capfd.readouterr().out
    assert not Path("b3").exists()


def test_what_was_spent_is_said_as_after_a_live_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(tmp_path, monkeypatch) as (server, file):
        assert coach(["evaluate", str(file), *MODEL]) == 0
        live = capfd.readouterr().out.splitlines()
        assert coach(["evaluate", str(file), *MODEL, "--batch-out", "b"]) == 0
        answer_batch(server, Path("b"), tmp_path / "o")
    capfd.readouterr()
    assert coach(["evaluate", str(file), *MODEL, "--batch-in", "o"]) == 0
    batch = capfd.readouterr().out.splitlines()
    assert live[0].startswith("48 calls, ")
    assert ", $0.01" in live[0]
    assert batch == [f"{live[0]} at full price; batch endpoints commonly charge half", *live[1:]]


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[dict[str, Any]]]:
    """The labelled replies' file, and all answers of its batch."""
    with served(tmp_path, monkeypatch) as (server, file):
        assert coach(["evaluate", str(file), *MODEL, "--batch-out", "b"]) == 0
        answers = answer_batch(server, Path("b"), tmp_path / "o")
    return str(file), answers


def test_what_has_no_answer_is_unscored_and_counted_by_reason(
    batch: tuple[str, list[dict[str, Any]]], capfd: pytest.CaptureFixture[str]
) -> None:
    file, answers = batch
    ids = [a["custom_id"] for a in answers]
    refused = {"error": {"message": f"no such parameter, {KEY}", "code": "x"}}
    write_output(
        Path("part"),
        [
            *answers[:40],
            failed(40, ids[40], "batch_expired"),
            failed(41, ids[41], "batch_expired"),
            failed(42, ids[42], "server_error"),
            answered(43, ids[43], refused, 400),
            answered(44, ids[44], {"choices": []}),
            {"id": "x", "custom_id": ids[45], "response": None, "error": None},
        ],
    )
    capfd.readouterr()
    assert coach(["evaluate", file, *MODEL, "--batch-in", "part"]) == 4
    out, err = capfd.readouterr()
    counted = "No answer came, not scored: expired 2, missing 2, error server_error 1, no completion 1, no response 1"
    assert f"{counted}, status 400 1." in " ".join(out.split())
    assert "8 requests have no answer" in out
    assert "part:44: no such parameter, ***" in err
    assert KEY not in out + err
    found = figures(capfd, file, *MODEL, "--batch-in", "part", code=4)
    (accuracy,) = [m for m in found["measures"] if m["name"] == "evaluate.accuracy" and not m["slice"]]
    assert accuracy["n"] == 40
    assert found["lines"] == 48
    # What failed is asked again, and its answer takes the failure's place whatever the order.
    assert coach(["evaluate", file, *MODEL, "--batch-in", "part", "--batch-out", "again"]) == 4
    left = [json.loads(x)["custom_id"] for x in Path("again").read_text("utf-8").splitlines()]
    assert left == ids[40:]
    write_output(Path("rest"), answers[40:])
    capfd.readouterr()
    whole = figures(capfd, file, *MODEL, "--batch-in", "o")
    assert figures(capfd, file, *MODEL, "--batch-in", "rest", "--batch-in", "part") == whole
    assert figures(capfd, file, *MODEL, "--batch-in", "part", "--batch-in", "rest") == whole


def refuses(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    capfd.readouterr()
    assert coach(["evaluate", *arguments]) == 2
    out, err = capfd.readouterr()
    assert not out
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    return err


def test_answers_to_something_else_are_refused(
    batch: tuple[str, list[dict[str, Any]]], capfd: pytest.CaptureFixture[str]
) -> None:
    file, _ = batch
    told = "o:1: custom_id 'evaluate/stop_command_11~"
    for changed in (["--temperature", "0"], ["--model", "observer=gpt-4o"]):
        err = refuses(capfd, file, *MODEL, *changed, "--batch-in", "o")
        assert told in err
        assert "an answer to another prompt, model or parameter (48 of 48 such lines)" in err
    text = Path(file).read_text("utf-8")
    Path("changed.jsonl").write_text(text.replace('"I don\'t know"', '"No idea"', 1), "utf-8")
    assert "(1 of 48 such lines)" in refuses(capfd, "changed.jsonl", *MODEL, "--batch-in", "o")
    Path("fewer.jsonl").write_text("\n".join(text.split("\n")[:40]), "utf-8")
    err = refuses(capfd, "fewer.jsonl", *MODEL, "--batch-in", "o")
    assert "an answer to another file (8 of 48 such lines); give the same files and options" in err


BROKEN = {
    "torn": (lambda text: text[:-40], "o:48: it is cut off; download the batch's output again"),
    "cut in the middle": (lambda text: text[:200] + text[700:], "o:1: no JSON"),
    "twice": (lambda text: text + text.splitlines(keepends=True)[0], "o:49: custom_id 'evaluate/stop_command_11~"),
    "no object": (lambda text: "[]\n" + text, "o:1: no JSON object"),
    "no id": (lambda text: text.replace('"custom_id"', '"id2"', 1), "o:1: custom_id: Field required"),
    "a status of words": (lambda text: text.replace(": 200", ': "fine"', 1), "o:1: response.status_code: "),
    "deep": (lambda text: text + "[" * 100_000 + "\n", "o:49: no JSON"),
    "half a pair": (lambda text: text + json.dumps({"custom_id": "\ud800"}) + "\n", "o:49: custom_id '?'"),
    "not UTF-8": (lambda text: text.encode("utf-16"), "o:1: not UTF-8"),
    "a control sequence": (lambda text: text + json.dumps({"custom_id": "\x1b[2Jx"}) + "\n", "o:49: custom_id"),
    "a huge number": (lambda text: text + '{"custom_id": ' + "9" * 5000 + "}\n", "o:49: no JSON"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_output_is_named_with_its_line(
    batch: tuple[str, list[dict[str, Any]]], capfd: pytest.CaptureFixture[str], how: str
) -> None:
    file, _ = batch
    breaks, told = BROKEN[how]
    broken = breaks(Path("o").read_text("utf-8"))
    Path("o").write_bytes(broken if isinstance(broken, bytes) else broken.encode())
    err = refuses(capfd, file, *MODEL, "--batch-in", "o")
    assert told in err
    assert "\x1b" not in err


def test_what_a_batch_has_no_use_for(
    batch: tuple[str, list[dict[str, Any]]], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = batch
    for arguments, told in [
        (["--batch-out", "x"], "needs a model behind an endpoint, not 'offline'"),
        ([*MODEL, "--batch-out", "x", "--cassette", "c.jsonl"], "a batch has no cassette"),
        ([*MODEL, "--batch-out", "x", "--max-cost", "1"], "limit calls, and a batch makes none"),
        ([*MODEL, "--batch-out", "x", "--output", "y"], "--output has nothing to hold"),
        ([*MODEL, "--batch-out", file], "would overwrite"),
        ([*MODEL, "--batch-in", "o", "--batch-out", "./o"], "would overwrite"),
        ([*MODEL, "--batch-in", "b"], "b:1: this is a request, not an answer"),
        ([*MODEL, "--batch-in", "nowhere"], "nowhere: can't be read"),
        ([*MODEL, "--batch-in", "."], ".: can't be read"),
        ([*MODEL, "--batch-in", "o", "--batch-in", "o"], "give each file once"),
    ]:
        assert told in refuses(capfd, file, *arguments)
    assert not Path("x").exists()
    monkeypatch.delenv("COACH_BASE_URL")
    monkeypatch.delenv("COACH_API_KEY")
    assert coach(["evaluate", file, *MODEL, "--batch-out", "nokey"]) == 0
    assert Path("nokey").read_bytes() == Path("b").read_bytes()


def test_many_requests_go_to_several_files(
    batch: tuple[str, list[dict[str, Any]]], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = batch
    monkeypatch.setattr("coach.models.batch.parts", partial(parts, most_requests=20))
    capfd.readouterr()
    assert coach(["evaluate", file, *MODEL, "--batch-out", "many"]) == 0
    out = capfd.readouterr().out
    assert "many.1, many.2, many.3: 48 requests" in out
    assert "in 3 files" in out
    assert b"".join(Path(f"many.{i}").read_bytes() for i in (1, 2, 3)) == Path("b").read_bytes()
    assert coach(["evaluate", file, *MODEL, "--batch-out", "many", "--json"]) == 0
    about = json.loads(capfd.readouterr().out)
    assert about["requests"] == 48
    assert about["files"] == ["many.1", "many.2", "many.3"]
    assert about["usd"] > 0
