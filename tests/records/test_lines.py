"""Lines on disk: whole after a kill, a full disk, a disk that refuses."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import RunError, StorageError
from coach.records import lines
from coach.records.lines import JournalNotice, LineWriter, read_lines
from coach.records.run import write_whole
from tests.records.journals import killed_after, python

LINES = st.lists(st.binary(max_size=300).map(lambda b: b.replace(b"\n", b" ")), max_size=12)


def _write(path: Path, content: list[bytes]) -> LineWriter:
    writer = LineWriter(path)
    for line in content:
        writer.append(line)
    writer.sync()
    writer.close()
    return writer


@settings(max_examples=40)
@given(content=LINES, more=LINES, cut=st.integers(min_value=0, max_value=400), block=st.integers(1, 64))
def test_whatever_is_cut_off_whole_lines_stay(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes], more: list[bytes], cut: int, block: int
) -> None:
    path = tmp_path_factory.mktemp("l") / "lines"
    _write(path, content)
    kept = path.read_bytes()[: max(0, path.stat().st_size - cut)]
    path.write_bytes(kept)
    whole = kept.count(b"\n")
    torn = len(kept.rpartition(b"\n")[2])
    told: list[JournalNotice] = []
    assert [line for _, _, line in read_lines(path, told.append)] == [c + b"\n" for c in content[:whole]]
    with pytest.MonkeyPatch.context() as patch:
        # Blocks so small that a line spans several: the search for the last newline has to go back.
        patch.setattr(lines, "_BLOCK", block)
        writer = _write(path, more)
    assert [told[0].size if told else 0, writer.notice.size if writer.notice else 0] == [torn, torn]
    assert path.read_bytes() == b"".join(c + b"\n" for c in [*content[:whole], *more])


def test_each_line_comes_with_its_number_and_place(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    _write(path, [b"a", b"", "ё".encode()])
    assert list(read_lines(path)) == [(1, 0, b"a\n"), (2, 2, b"\n"), (3, 3, "ё\n".encode())]
    with pytest.raises(RunError, match="can't be read"):
        list(read_lines(tmp_path))


def test_a_notice_says_what_happened() -> None:
    assert str(JournalNotice(Path("j"), 7)) == (
        "j: its last line was cut off (7 bytes) and is left out; all before it is kept"
    )


GROWS = """
import resource, signal, sys
from pathlib import Path
from coach.errors import StorageError
from coach.records.lines import LineWriter
from coach.records.run import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
folder = Path(sys.argv[1])
writer = LineWriter(folder / "lines")
for act in (lambda: writer.append(b"x" * 300), lambda: write_whole(folder / "whole.json", "x" * 2000)):
    try:
        while True: act()
    except StorageError as error: print(error)
writer.append(b"y")
"""


def test_a_file_that_may_not_grow_keeps_whole_lines_and_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="this system has no limit on a file's size")
    (tmp_path / "whole.json").write_text("before")
    out, _ = python(GROWS, tmp_path).communicate()
    assert [line.split(": ")[0] for line in out.decode().splitlines()] == [
        str(tmp_path / "lines"),
        str(tmp_path / "whole.json"),
    ]
    assert b"raise the limit" in out
    assert (tmp_path / "lines").read_bytes() == (b"x" * 300 + b"\n") * 3 + b"y\n"
    assert (tmp_path / "whole.json").read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lines", "whole.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told_with_what_to_do() -> None:
    writer = LineWriter(Path("/dev/full"))
    with pytest.raises(StorageError, match=r"^/dev/full: the disk is full; free some space"):
        writer.append(b"x")
    writer.close()


DISK = """
import sys
from pathlib import Path
from coach.errors import StorageError
from coach.records.lines import LineWriter
from coach.records.run import write_whole
folder = Path(sys.argv[1])
print("mounted", flush=True)
much = "x" * 200_000
for act in (lambda: LineWriter(folder / "lines").append(much.encode()), lambda: write_whole(folder / "w", much)):
    try: act()
    except StorageError as error: print(str(error).replace(str(folder), "DISK"))
print(sorted((p.name, p.stat().st_size) for p in folder.iterdir()))
"""


@pytest.mark.parametrize(
    ("options", "why", "left"),
    [
        ("size=64k", "the disk is full; free some space", [("lines", 0)]),
        ("ro", "the disk is read-only; choose another place", []),
    ],
)
def test_a_real_disk_that_is_full_or_read_only(
    tmp_path: Path, options: str, why: str, left: list[tuple[str, int]]
) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("a disk of one's own needs unshare")
    # A mount namespace of its own: the disk is gone with the process and nobody else ever sees it.
    mount = f'mount -t tmpfs -o {options} tmpfs "$0" && exec "$@"'
    before = ("unshare", "--mount", "--map-root-user", "sh", "-c", mount, str(tmp_path))
    possible = subprocess.run([*before, "true"], capture_output=True, check=False).returncode == 0
    if not possible:
        pytest.skip("this system lets no test mount a disk of its own")
    out, _ = python(DISK, tmp_path, before=before).communicate()
    first, *told, files = out.decode().splitlines()
    assert first == "mounted"
    assert told == [f"DISK/{name}: {why}. What was finished before is kept." for name in ("lines", "w")]
    assert json.loads(files.replace("(", "[").replace(")", "]").replace("'", '"')) == [list(f) for f in left]


def test_where_no_file_can_be_the_error_says_which(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/journal"):
        LineWriter(tmp_path / "file" / "journal")
    with pytest.raises(StorageError, match=r"file/run\.json"):
        write_whole(tmp_path / "file" / "run.json", "{}")


APPENDS = """
import sys
from pathlib import Path
from coach.records.lines import LineWriter
writer = LineWriter(Path(sys.argv[1]))
number = 0
while True:
    writer.append(b"%d " % number + b"x" * 5000)
    number += 1
    sys.stdout.buffer.write(b".")
    sys.stdout.buffer.flush()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not a Windows signal")
def test_what_was_appended_before_a_kill_is_there(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    before = 0
    for moment in (1, 40, 7):
        said = killed_after(moment, APPENDS, path)
        there = len(list(read_lines(path)))
        assert there - before in (said, said + 1)
        before = there
