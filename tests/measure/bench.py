"""Speed and memory on this machine: nox -s bench."""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from coach.cli.manifest import describe
from coach.cli.options import choose
from coach.cli.results import rescore, write_report
from coach.cli.setup import Setup
from coach.content.library import Library
from coach.content.scenario import Matrix
from coach.offline import Knowledge, OfflineModel
from coach.records.run import RunFolder
from coach.settings import Settings
from coach.simulation import Cases, Outcome, Sink, Stop, run_cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interviews", type=int, default=1000)
    wanted = parser.parse_args().interviews
    with tempfile.TemporaryDirectory() as folder:
        library = Library()
        for count in sorted({max(8, wanted // 10), wanted}):
            measure(library, count, Path(folder))
    startup()


def measure(library: Library, wanted: int, out: Path) -> None:
    variants = max(1, wanted // (2 * len(library.personas)))
    matrix = Matrix.model_validate(
        {
            "id": "bench",
            "title": {"en": "Bench", "ru": "Замер"},
            "personas": "all",
            "scenarios": ["python_backend"],
            "variants": variants,
        }
    )
    cells = matrix.cells("offline", library.names)
    now = datetime.now(UTC)
    manifest = describe(
        matrix, cells, setup=Setup(choose(Settings(), model=["offline"])), settings=Settings(), library=library, now=now
    )
    run = RunFolder.create(out, f"bench-{len(cells)}", manifest, now)
    model = OfflineModel(Knowledge.from_banks([library.banks["python_backend"]]))
    cases = Cases(library, model, seed=matrix.seed)
    before_memory = peak_mb()
    began, cpu = time.perf_counter(), time.process_time()
    with run.writer() as writer:
        sink = Sink(writer.journal.append, writer.texts.put, lambda: datetime.now(UTC), lambda: "x", "bench")
        outcome: Outcome = asyncio.run(run_cells(cells, cases, sink, attempts={}, stop=Stop(), on_done=lambda *_: None))
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    calls = sum(1 for line in run.journal.open(encoding="utf-8") if '"type":"call"' in line)
    print(f"interviews                       {outcome.ended:>10}")
    print(f"  a second                       {outcome.ended / wall:>10.1f}")
    print(f"  CPU ms per agent call          {1000 * cpu / calls:>10.2f}   ({calls} calls, journal written)")
    print(f"  peak memory before, after, MB  {before_memory:>10.0f} {peak_mb():.0f}")
    began = time.perf_counter()
    scores = rescore(run, library)
    scored = time.perf_counter()
    write_report(run, scores)
    print(f"  scoring, s                     {scored - began:>10.2f}")
    print(f"  report, s                      {time.perf_counter() - scored:>10.2f}")
    print(f"  peak memory at last, MB        {peak_mb():>10.0f}")


def startup() -> None:
    for arguments in (["--help"], ["simulate"]):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "coach", *arguments]
            times = []
            for _ in range(3):
                began = time.perf_counter()
                subprocess.run(command, cwd=folder, capture_output=True, check=True)
                times.append(time.perf_counter() - began)
        print(f"coach {arguments[0]:<25}  {min(times):>10.2f} s")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
