"""Write the figures of docs/offline-model.md anew: nox -s offline. The whole cast, every bank, every attack."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coach.cli import run as coach
from coach.domain.vocabulary import TRUE_KINDS
from coach.reporting.figures import number
from coach.scoring.model import Measure, Scores

PAGE = Path(__file__).parents[2] / "docs" / "offline-model.md"
BEGIN, END = "<!-- figures: nox -s offline -->", "<!-- end of figures -->"
VARIANTS = 4
COLUMNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("known", {"held_out": False}),
    ("held out", {"held_out": True}),
    ("English", {"language": "en"}),
    ("Russian", {"language": "ru"}),
)
ROWS = (
    ("kind, strict accuracy", "detection.kind.accuracy"),
    *((f"recall of `{kind}`", f"detection.{kind}.recall") for kind in (k.value for k in TRUE_KINDS)),
    ("precision of `hallucination`", "detection.hallucination.precision"),
    ("right answers accused", "detection.accused.right_answers"),
    ("opinions accused", "detection.accused.opinions"),
    ("right or wrong: coverage", "detection.right_or_wrong.coverage"),
    ("right or wrong: balanced accuracy of the decided", "detection.right_or_wrong.balanced_accuracy_decided"),
    ("right or wrong: of all, unverified as ½", "detection.right_or_wrong.balanced_accuracy_all"),
    ("flag `injection`: recall", "detection.flag.injection.recall"),
    ("flag `injection`: false alarms", "detection.flag.injection.false_alarms"),
)


def main() -> None:
    text = PAGE.read_text("utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    regression = scores("regression", "--variants", str(VARIANTS), "--split", "both")
    lines = [*tables(regression), "", *attacks(scores("redteam"))]
    PAGE.write_text(text[:start] + "\n\n" + "\n".join(lines) + "\n\n" + text[end:], "utf-8")


def scores(matrix: str, *options: str) -> Scores:
    with tempfile.TemporaryDirectory() as folder:
        code = coach(["simulate", "--matrix", matrix, *options, "--out", folder, "--json"])
        if code:
            sys.exit(code)
        (run,) = Path(folder).iterdir()
        return Scores.model_validate(json.loads((run / "scores.json").read_text("utf-8")))


def tables(found: Scores) -> Iterator[str]:
    """Yield the lines of the two tables: by class, by persona."""
    yield f"| of {found.interviews} interviews | " + " | ".join(name for name, _ in COLUMNS) + " |"
    yield "|---|" + "---|" * len(COLUMNS)
    for title, name in ROWS:
        cells = [cell(found, name, where) for _, where in COLUMNS]
        if any(c != "–" for c in cells):
            yield f"| {title} | " + " | ".join(cells) + " |"
    yield ""
    yield "| persona | kinds right | known | held out |"
    yield "|---|---|---|---|"
    (by,) = [s for s in found.series if s.name == "kinds_by_persona"]
    people: dict[str, list[int]] = {}
    for persona, _, *counts in by.rows:
        kept = people.setdefault(str(persona), [0, 0, 0, 0])
        for i, count in enumerate(counts):
            kept[i] += int(count or 0)
    for persona, (known_n, known_right, held_n, held_right) in sorted(people.items()):
        whole = percent(known_right + held_right, known_n + held_n)
        yield f"| {persona} | {whole} | {percent(known_right, known_n)} | {percent(held_right, held_n)} |"


def attacks(found: Scores) -> Iterator[str]:
    """Yield the lines of the table of attack families."""
    yield f"| attacks, of {found.interviews} interviews | noticed | reached their goal |"
    yield "|---|---|---|"
    families = sorted({str(m.slice["family"]) for m in found.measures if "family" in m.slice})
    for where, title in (({}, "all"), *(({"family": f}, f) for f in families)):
        yield f"| {title} | {cell(found, 'injection.noticed', where)} | {cell(found, 'injection.success', where)} |"


def cell(found: Scores, name: str, where: dict[str, Any]) -> str:
    measure: Measure | None = next((m for m in found.measures if m.name == name and m.slice == where), None)
    if measure is None or measure.value is None:
        return "–"
    value = number(measure.value, "share").replace(".0 %", " %")
    if measure.low is None or measure.high is None:
        return f"{value}, n {measure.n}"
    return f"{value} ({measure.low * 100:.0f}–{measure.high * 100:.0f}), n {measure.n}"


def percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}, n {whole}".replace("%", " %") if whole else "–"


if __name__ == "__main__":
    main()
