"""Cassettes: what is recorded comes back, nonces or not; what differs is shown; writers do not tear each other."""

import asyncio
import json
import multiprocessing
from pathlib import Path

import pytest

from coach.errors import CassetteMiss, ContentError, UsageError
from coach.models.base import Reply, Request, Usage
from coach.models.cassette import Cassette, CassetteMode, RecordedModel, append_lines
from tests.models.requests import request


class Counting:
    name = "m"

    def __init__(self) -> None:
        self.asked = 0

    async def complete(self, asked: Request) -> Reply:
        self.asked += 1
        return Reply(
            f"answer to {asked.messages[1].content}", Usage(input=3, output=4), 0.5, "header", 12.0, model="m-1"
        )

    async def close(self) -> None:
        pass


def complete(file: Path, mode: CassetteMode, asked: Request, inner: Counting | None = None, name: str = "m") -> Reply:
    return asyncio.run(RecordedModel(name, Cassette(file, mode), inner).complete(asked))


LONG = "word " * 200


def test_what_was_recorded_is_replayed_with_the_nonce_of_today(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    complete(file, "record", request(f"<<n1>> {LONG} <<n1>>", nonce="n1", place="p", number=1), Counting())
    assert "n1" not in file.read_text("utf-8").replace("{{nonce}}", "")
    reply = complete(file, "replay", request(f"<<n2>> {LONG} <<n2>>", nonce="n2", place="p", number=1))
    assert reply.text == f"answer to <<n2>> {LONG} <<n2>>"
    assert reply.replayed
    assert (reply.usage.input, reply.cost, reply.cost_source, reply.model) == (3, 0.5, "header", "m-1")


@pytest.mark.parametrize(
    "changed",
    [
        request("other", place="p", number=1),
        request("Say it.", place="q", number=1),
        request("Say it.", place="p", number=2),
    ],
)
def test_any_other_call_is_a_miss(tmp_path: Path, changed: Request) -> None:
    file = tmp_path / "c.jsonl"
    complete(file, "record", request(place="p", number=1), Counting())
    with pytest.raises(CassetteMiss):
        complete(file, "replay", changed)
    with pytest.raises(CassetteMiss):
        complete(file, "replay", request(place="p", number=1), name="other-model")


def test_a_miss_shows_what_differs_from_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    lines = "\n".join(f"line {i}" for i in range(100))
    complete(file, "record", request(lines, place="p", number=1), Counting())
    with pytest.raises(CassetteMiss) as raised:
        complete(file, "replay", request(lines.replace("line 50\n", "line fifty\n"), place="p", number=1))
    assert raised.value.role == "interviewer"
    assert "-line 50" in raised.value.diff
    assert "+line fifty" in raised.value.diff
    assert "line 10\n" not in raised.value.diff
    with pytest.raises(CassetteMiss, match="it holds m"):
        complete(file, "replay", request(place="elsewhere"))


def test_auto_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    file, inner = tmp_path / "c.jsonl", Counting()
    for _ in range(3):
        complete(file, "auto", request(place="p"), inner)
        complete(file, "auto", request("b", place="p"), inner)
    assert inner.asked == 2
    complete(file, "record", request(place="p"), inner)
    assert inner.asked == 3


def test_a_long_text_is_kept_once_and_the_file_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    cassette = Cassette(file, "record")
    for number in range(5):
        asyncio.run(RecordedModel("m", cassette, Counting()).complete(request(LONG, place="p", number=number)))
    entries = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert sum("content" in e for e in entries) == 1
    assert sum("reply" in e for e in entries) == 5
    assert {e["model"] for e in entries if "reply" in e} == {"m"}


def test_faults_of_the_file_are_named(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    with pytest.raises(UsageError, match=r"no cassette .* to replay"):
        Cassette(file, "replay")
    file.write_text('{"foreign": 1}\n', "utf-8")
    with pytest.raises(ContentError, match=r"c\.jsonl:1"):
        Cassette(file, "replay")
    file.write_bytes(b"\xff\xfe\n")
    with pytest.raises(ContentError):
        Cassette(file, "replay")


def test_a_torn_last_line_counts_as_never_written(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    complete(file, "record", request(place="p"), Counting())
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"cassette": 1, "pla')
    assert len(Cassette(file, "replay")) == 1
    complete(file, "record", request("b", place="p"), Counting())
    assert file.read_bytes().startswith(whole)
    assert len(Cassette(file, "replay")) == 2


def _append(path: str, name: str) -> None:
    for number in range(100):
        append_lines(Path(path), [json.dumps({"by": name, "number": number, "filling": "x" * 5000})])


def test_two_writers_at_once_tear_nothing(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append, args=(str(file), name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for name in "ab":
        assert [f["number"] for f in found if f["by"] == name] == list(range(100))
