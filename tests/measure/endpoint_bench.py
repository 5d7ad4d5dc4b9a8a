"""What coach adds to a model call: beside a bare aiohttp loop and the bare SDK making the same calls in the same run.

``nox -s bench`` runs it. Figures are ratios to the aiohttp loop of the same minute; a fake endpoint answers after a
fixed latency, in a process of its own. Each client is a process of its own too; its CPU is all that it used.
"""

import argparse
import asyncio
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coach.content.library import Library
from coach.content.scenario import Matrix
from coach.domain.cell import Cell
from coach.models.base import Model, Reply, Request
from coach.models.wire import Abilities, payload
from coach.offline import Knowledge, OfflineModel
from coach.simulation import Cases
from coach.simulation.interview import Attempt, Recorder

HERE = Path(__file__)
TURNS = 8
MODEL = "bench"


def matrix(conversations: int) -> Matrix:
    """One conversation a variant and language: all personas, at most eight replies."""
    return Matrix.model_validate(
        {
            "id": "bench",
            "title": {"en": "Bench", "ru": "Замер"},
            "personas": ["honest_junior", "hallucinator"],
            "scenarios": ["python_backend"],
            "languages": ["en", "ru"],
            "variants": conversations // 4,
            "turns": TURNS,
        }
    )


class Rehearsing:
    name = MODEL

    def __init__(self, model: Model) -> None:
        self._model = model
        self.table: dict[str, str] = {}
        self.bodies: list[bytes] = []

    async def complete(self, request: Request) -> Reply:
        text = (await self._model.complete(request)).text
        body = payload(request, MODEL, Abilities()).encoded()
        self.table[hashlib.sha256(body).hexdigest()] = text
        self.bodies.append(body)
        return Reply(text)

    async def close(self) -> None:
        pass


def rehearse(conversations: int) -> tuple[dict[str, str], list[bytes]]:
    library = Library()
    model = Rehearsing(OfflineModel(Knowledge.from_banks([library.banks["python_backend"]])))
    chosen = matrix(conversations)
    cases = Cases(library, model, seed=chosen.seed, turns=TURNS)

    async def go(cell: Cell) -> None:
        recorder = Recorder(Attempt(cell, cell.key, 1, "x", "coach", ""), lambda _: None, lambda _: "", lambda: None)  # type: ignore[arg-type,return-value]
        recorder.turn = lambda *_: None  # type: ignore[method-assign]
        subject, candidate = cases.sides(cell, lambda _: None)
        step = await subject.start(cases.brief(cell))
        while step.ended is None:
            step = await subject.reply((await candidate.reply(step.message)).text)
        await subject.finish()

    for cell in chosen.cells(MODEL, library.names):
        asyncio.run(go(cell))
    return model.table, model.bodies


@contextmanager
def server(table: Path, latency: float) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, str(HERE.with_name("fast_server.py")), str(table), str(latency)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.stdin.close()
        process.wait(10)


def client(kind: str, *arguments: str) -> dict[str, Any]:
    """Run one client as a process of its own and return what it measured."""
    command = [sys.executable, str(HERE), "--client", kind, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{kind}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(calls: int, began: float, cpu: float, **more: Any) -> None:
    own = resource.getrusage(resource.RUSAGE_SELF)
    wall = time.perf_counter() - began
    used = own.ru_utime + own.ru_stime - cpu
    print(json.dumps({"calls": calls, "wall": wall, "cpu": used, "mb": peak_mb(), **more}))


def peak_mb() -> float:
    """Of this process alone: ru_maxrss would begin with the parent's."""
    status = Path("/proc/self/status").read_text()
    return float(status.split("VmHWM:")[1].split()[0]) / 1024


def cpu_now() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


async def bare_aiohttp(base_url: str, bodies: list[bytes], at_once: int) -> None:
    import aiohttp

    headers = {"Content-Type": "application/json", "Authorization": "Bearer x"}
    queue = iter(bodies)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def work() -> None:
            for body in queue:
                async with session.post(f"{base_url}/chat/completions", data=body) as response:
                    json.loads(await response.read())["choices"][0]["message"]["content"]

        await asyncio.gather(*(work() for _ in range(at_once)))


async def bare_sdk(base_url: str, bodies: list[bytes], at_once: int) -> None:
    import openai

    queue = iter([json.loads(b) for b in bodies])
    async with openai.AsyncOpenAI(
        base_url=base_url, api_key="x", max_retries=0, http_client=openai.DefaultAioHttpClient()
    ) as session:

        async def work() -> None:
            for body in queue:
                answer = await session.chat.completions.create(**body)
                answer.choices[0].message.content  # noqa: B018

        await asyncio.gather(*(work() for _ in range(at_once)))


def run_bare(kind: str, base_url: str, bodies_file: str, at_once: int) -> None:
    bodies = [line.encode() for line in Path(bodies_file).read_text("utf-8").splitlines()]
    loop = {"aiohttp": bare_aiohttp, "sdk": bare_sdk}[kind]
    import aiohttp  # noqa: F401
    import openai  # noqa: F401 - what is imported is not measured

    began, cpu = time.perf_counter(), cpu_now()
    asyncio.run(loop(base_url, bodies, at_once))
    measured(len(bodies), began, cpu)


def run_coach(base_url: str, conversations: int, at_once: int, out: str, extra: list[str]) -> None:
    """A whole run in this process, as the command line does it; marks when the last reply came."""
    from coach.cli import run as coach
    from coach.content import scenario  # noqa: F401

    file = Path(out) / "bench.yaml"
    file.write_text(matrix(conversations).model_dump_json(exclude_none=True), "utf-8")
    marks: dict[str, float] = {}

    import coach.cli.running as running

    original = running.run_missing

    def marked(*args: Any, **kwargs: Any) -> Any:
        marks["first"] = time.perf_counter()
        marks["cpu_first"] = cpu_now()
        found = original(*args, **kwargs)
        marks["last"] = time.perf_counter()
        marks["cpu_last"] = cpu_now()
        marks["mb_last"] = peak_mb()
        return found

    running.run_missing = marked
    began, cpu = time.perf_counter(), cpu_now()
    arguments = ["simulate", "--matrix", str(file), "--model", MODEL, "--base-url", base_url, "--out", out]
    code = coach([*arguments, "--max-connections", str(at_once), "--json", *extra])
    assert code == 0
    (journal,) = Path(out).glob("*/journal.jsonl")
    calls = sum(b'"type":"call"' in line for line in journal.open("rb"))
    sys.stdout.write("\n")
    measured(
        calls,
        began,
        cpu,
        run_wall=marks["last"] - marks["first"],
        run_cpu=marks["cpu_last"] - marks["cpu_first"],
        after=time.perf_counter() - marks["last"],
        mb_run=marks["mb_last"],
    )


def compare(conversations: int, latency: float, at_once: int, *, sdk: bool = True) -> dict[str, Any]:
    """Measure all clients on the same calls; print a row each."""
    table, bodies = rehearse(conversations)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "table.json").write_text(json.dumps(table), "utf-8")
        (Path(folder) / "bodies.jsonl").write_bytes(b"\n".join(bodies) + b"\n")
        (Path(folder) / "out").mkdir()
        with server(Path(folder) / "table.json", latency) as url:
            bare = client("aiohttp", url, str(Path(folder) / "bodies.jsonl"), str(at_once))
            rows = {"aiohttp loop": bare}
            if sdk:
                rows["openai SDK"] = client("sdk", url, str(Path(folder) / "bodies.jsonl"), str(at_once))
            own = client("coach", url, str(conversations), str(at_once), str(Path(folder) / "out"))
            rows["coach"] = own
    possible = at_once / latency
    print(f"\n{conversations} conversations, {len(bodies)} calls, {1000 * latency:.0f} ms, {at_once} at once")
    print(f"{'':<16}{'CPU ms a call':>14}{'ratio':>8}{'calls/s':>10}{'ratio':>8}{'of possible':>13}{'peak MB':>9}")
    for name, row in rows.items():
        cpu = 1000 * row.get("run_cpu", row["cpu"]) / row["calls"]
        rate = row["calls"] / row.get("run_wall", row["wall"])
        ratio = cpu / (1000 * bare["cpu"] / bare["calls"])
        of_bare = rate / (bare["calls"] / bare["wall"])
        share = rate / min(possible, conversations / latency)
        print(f"{name:<16}{cpu:>14.3f}{ratio:>8.2f}{rate:>10.0f}{of_bare:>8.2f}{100 * share:>12.1f}%{row['mb']:>9.0f}")
    whole = 1000 * own["cpu"] / own["calls"]
    print(
        f"coach, all in: {whole:.3f} ms CPU a call; report {own['after']:.2f} s after the last reply; "
        f"{own['mb_run']:.0f} MB while running"
    )
    return {"cpu": own["run_cpu"] / own["calls"], "bare": bare["cpu"] / bare["calls"]}


def first_call() -> None:
    """From the start of the process to its first call."""
    times = []
    for _ in range(3):
        came: list[float] = []

        async def serve(came: list[float] = came) -> float:
            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readline()
                came.append(time.perf_counter())
                writer.close()

            listening = await asyncio.start_server(answer, "127.0.0.1", 0)
            port = listening.sockets[0].getsockname()[1]
            began = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "coach", "simulate", "--model", "m", "--max-retries", "0",
                    "--base-url", f"http://127.0.0.1:{port}/v1", cwd=folder,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                await process.wait()
            listening.close()
            return came[0] - began

        times.append(asyncio.run(serve()))
    print(f"\nprocess start to first call  {min(times):.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--client")
    parser.add_argument("--sizes", default="20,100,400")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("rest", nargs="*")
    given = parser.parse_args()
    if given.client in ("aiohttp", "sdk"):
        run_bare(given.client, given.rest[0], given.rest[1], int(given.rest[2]))
        return
    if given.client == "coach":
        run_coach(given.rest[0], int(given.rest[1]), int(given.rest[2]), given.rest[3], given.rest[4:])
        return
    found = {}
    for size in map(int, given.sizes.split(",")):
        found[size] = compare(size, 0.05, min(size, 256))
    if 100 in found and 400 in found:
        print(f"\nCPU a call at 400 conversations against 100: {found[400]['cpu'] / found[100]['cpu']:.2f}")
    if not given.quick:
        compare(400, 1.0, 256, sdk=False)
    first_call()


if __name__ == "__main__":
    main()
