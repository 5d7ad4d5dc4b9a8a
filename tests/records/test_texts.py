"""The texts: each kept once, found by its hash, whole after a cut."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import RunError
from coach.records.texts import TextReader, TextStore, text_ref
from tests.records.journals import TEXT


@settings(max_examples=20)
@given(st.lists(TEXT | st.just("half a pair \ud800"), max_size=10))
def test_texts_are_kept_once_each(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("t") / "texts.jsonl"
    for _ in range(2):
        store = TextStore(path)
        refs = [store.put(t) for t in texts]
        store.close()
    reader = TextReader(path)
    assert [reader.get(r) for r in refs] == texts
    assert path.read_bytes().count(b"\n") == len(set(texts))
    assert reader.get(text_ref("never put, 7")) is None


def test_a_reference_is_the_start_of_the_hash() -> None:
    assert text_ref("abc") == "ba7816bf8f01cfea414140de5dae2223"


def test_a_torn_text_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    store = TextStore(path)
    kept, torn = store.put("kept"), store.put("torn")
    store.close()
    path.write_bytes(path.read_bytes()[:-5])
    reader = TextReader(path)
    assert (reader.get(kept), reader.get(torn)) == ("kept", None)
    again = TextStore(path)
    assert again.notice is not None
    assert again.put("torn") == torn
    again.sync()
    again.close()
    assert TextReader(path).get(torn) == "torn"


def test_what_is_no_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"ref": "a"}\n[]\n')
    for opened in (TextStore, TextReader):
        with pytest.raises(RunError, match=r"texts\.jsonl:2: no text entry"):
            opened(path)
    path.write_text('{"ref": "a"}\n')
    with pytest.raises(RunError, match="the entry a has no text"):
        TextReader(path).get("a")
