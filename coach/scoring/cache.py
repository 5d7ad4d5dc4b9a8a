"""A run's tables kept beside its journal, so that scoring again parses nothing: arrays and JSON, nothing pickled."""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coach.scoring.model import GRADING_VERSION
from coach.scoring.tables import Tables

FILE = "tables.npz"
_KINDS = ("interviews", "turns", "calls", "checks")
_PART = 65536


def fingerprint(journal: Path, banks: Iterable[Path]) -> str:
    """Return what a run's tables depend on: its journal, its banks' files, and the code that reads them."""
    found = hashlib.sha256(f"grading {GRADING_VERSION}".encode())
    state = journal.stat()
    found.update(f"{state.st_size} {state.st_mtime_ns}".encode())
    with journal.open("rb") as file:
        file.seek(max(0, state.st_size - _PART))
        found.update(file.read(_PART))
    package = Path(__file__).parents[1]
    for path in (*sorted(banks), *sorted(package.glob("scoring/*.py")), *sorted(package.glob("text/*.py"))):
        found.update(path.name.encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def save(path: Path, tables: Tables, key: str) -> None:
    """Write tables to ``path``. Raises OSError."""
    arrays: dict[str, Any] = {"key": _text(key)}
    for kind in _KINDS:
        table: pd.DataFrame = getattr(tables, kind)
        arrays[f"{kind}.columns"] = _text(json.dumps([str(c) for c in table.columns]))
        for number, name in enumerate(table.columns):
            arrays |= {f"{kind}.{number}.{part}": a for part, a in _arrays(table[name]).items()}
    temporary = path.with_name(f".{path.name}.tmp.npz")
    np.savez(temporary, allow_pickle=False, **arrays)
    temporary.replace(path)


def load(path: Path, key: str) -> Tables | None:
    """Return the tables in ``path``; None where there are none, or they were made of something else."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if _read(file["key"]) != key:
                return None
            return Tables(*(_table(file, kind) for kind in _KINDS))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile):
        return None


def _text(text: str) -> "np.ndarray[Any, Any]":
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _read(array: "np.ndarray[Any, Any]") -> str:
    return array.tobytes().decode("utf-8", "surrogatepass")


def _arrays(column: "pd.Series[Any]") -> dict[str, Any]:
    """Return a column as plain arrays: numbers as they are, categories as codes and names, the rest as JSON."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return {"codes": column.cat.codes.to_numpy(), "names": _text(json.dumps(list(column.cat.categories)))}
    if column.dtype.kind in "bif":
        return {"values": column.to_numpy()}
    return {"json": _text(json.dumps([None if _missing(v) else v for v in column], default=str))}


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _table(file: Any, kind: str) -> pd.DataFrame:
    names = json.loads(_read(file[f"{kind}.columns"]))
    return pd.DataFrame({name: _column(file, f"{kind}.{number}.") for number, name in enumerate(names)})


def _column(file: Any, place: str) -> Any:
    if f"{place}codes" in file:
        return pd.Categorical.from_codes(file[f"{place}codes"], json.loads(_read(file[f"{place}names"])))
    if f"{place}values" in file:
        return file[f"{place}values"]
    return pd.Series(json.loads(_read(file[f"{place}json"])), dtype=object)
