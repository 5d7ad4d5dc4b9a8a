"""How long scoring takes: tables from records, all measures with intervals, the tables read back."""

import argparse
import itertools
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from coach.records.interview import InterviewRecord
from coach.scoring import build_tables, cache, score_tables
from coach.scoring.tables import Tables
from tests.runs import LIBRARY, matrix_of, records_of

TURNS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interviews", type=int, default=10_000)
    wanted = parser.parse_args().interviews
    scenarios = ["python_backend", "sql"]
    real = records_of(matrix_of(personas="all", scenarios=scenarios, turns=TURNS))
    banks = {b.id: b for b in LIBRARY.banks_of(scenarios)}
    print(f"peak memory before, MB            {peak_mb():>10.0f}")
    for count in (wanted // 4, wanted // 2, wanted):
        # The larger last: what a smaller one took is freed, but stays the peak.
        began = time.perf_counter()
        tables = build_tables(repeated(real, count), banks)
        built = time.perf_counter()
        score_tables(tables, run="bench", seed=7, model="offline")
        scored, peak = time.perf_counter(), peak_mb()
        again = read_back(tables)
        print(f"interviews, turns                 {count:>10,} {len(tables.turns):,}")
        print(f"  tables from records, s          {built - began:>10.1f}")
        print(f"  all measures and intervals, s   {scored - built:>10.1f}")
        print(f"  tables read back, s             {again:>10.2f}")
        print(f"  peak memory of scoring, MB      {peak:>10.0f}")


def repeated(real: list[InterviewRecord], count: int) -> Iterator[InterviewRecord]:
    """Yield ``count`` interviews: the real ones, over and over as further variants of their cases."""
    for number, record in enumerate(itertools.islice(itertools.cycle(real), count)):
        cell = record.cell
        assert cell is not None
        case = cell.case.model_copy(update={"variant": number // len(real)})
        changes = {"interview_id": f"i{number}", "cell": cell.model_copy(update={"case": case})}
        yield record.model_copy(update={**changes, "cell_key": changes["cell"].key})


def read_back(tables: Tables) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / cache.FILE
        cache.save(path, tables, "key")
        began = time.perf_counter()
        assert cache.load(path, "key") is not None
        return time.perf_counter() - began


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
