"""The gates of a run: where they come from, whether they can be met at all, and what they come to."""

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from coach.cli import scored
from coach.content.gates import Gate
from coach.errors import UsageError
from coach.scoring.clusters import MIN_UNITS

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.domain.cell import Cell
    from coach.records.run import RunFolder
    from coach.scoring.comparison import Delta
    from coach.scoring.gates import GateResult

_FREE_STANDING = 40
"""Acts that are about no question, and payloads: as many more clusters a persona may have, at most."""


_OF_INTERVIEWS = ("verdict.recommendation", "verdict.false_", "detection.honest_interviews_accused")
_OF_ALL_ROWS = (
    "verdict.recommendation",
    "detection.kind.accuracy",
    "conformance.one_question",
    "conformance.plain_text",
)
_OF_SOME_TURNS = ("conformance.", "anchor.kept", "anchor.lost")
"""Shares whose clusters are told beforehand. Those of all rows have one of every unit; some rows may lie in fewer
units than make clusters, and then in finer clusters, of which there may be more."""


def gates_for(folder: "RunFolder", library: "Library", matrix: str | None) -> tuple[Gate, ...]:
    """Return the gates that a run is judged by, checked. Raises UsageError or ContentError."""
    from coach.cli.results import gates_of
    from coach.cli.simulate import find_matrix

    gates = find_matrix(matrix, library).gates if matrix else gates_of(folder)
    if not gates:
        raise UsageError(
            f"{'the matrix ' + matrix if matrix else folder.path} has no gates; write 'gates:' into its matrix file, "
            "or name one that has them with --matrix"
        )
    check(gates, folder.manifest.cells, library)
    return gates


def check(gates: Iterable[Gate], cells: "Iterable[Cell]", library: "Library") -> None:
    """Raise UsageError where a gate is on no measure, or could not be passed by a perfect score."""
    from coach.scoring.gates import check_gates, check_reachable
    from coach.scoring.plugins import installed

    gates = tuple(gates)
    if not gates:
        return
    check_gates(gates, own=tuple(installed()))
    cells = tuple(c for c in cells if c.twin is None)
    told = [g for g in gates if g.measure.startswith((*_OF_INTERVIEWS, *_OF_ALL_ROWS, *_OF_SOME_TURNS))]
    for gate in gates:
        _check_slice(gate, cells)
    check_reachable(told, {str(g): _most_clusters(g, cells, library) for g in told})


def _check_slice(gate: Gate, cells: "tuple[Cell, ...]") -> None:
    """Raise UsageError where a gate is on a persona, language or scenario that the matrix does not have."""
    for key in ("persona", "language", "scenario"):
        there = sorted({str(getattr(c.case, key)) for c in cells})
        if key in gate.slice and there and str(gate.slice[key]) not in there:
            raise UsageError(
                f"gate on '{gate.measure}': the matrix has no {key} '{gate.slice[key]}', only {', '.join(there)}."
            )


def _most_clusters(gate: Gate, cells: "tuple[Cell, ...]", library: "Library") -> int:
    """Return the most clusters that a gate's rows can have; a slice that cells don't tell restricts nothing here."""
    wanted = {k: str(v) for k, v in gate.slice.items()}
    kept = [
        c
        for c in cells
        if all(
            str(value) == wanted[key]
            for key, value in (
                ("persona", c.case.persona),
                ("language", c.case.language),
                ("scenario", c.case.scenario),
                ("prompts", c.prompts),
                ("rubric", c.rubric),
            )
            if key in wanted
        )
    ]
    units = len({(c.case.persona, library.scenarios[c.case.scenario].bank) for c in kept})
    if units >= MIN_UNITS and gate.measure.startswith(_OF_ALL_ROWS):
        return units
    if gate.measure.startswith(_OF_INTERVIEWS):
        return max(units, len({c.case.key for c in kept}))
    return max(
        units,
        sum(
            len(library.bank_of(s).questions) + _FREE_STANDING
            for _, s in {(c.case.persona, c.case.scenario) for c in kept}
        ),
    )


def judged(
    folder: "RunFolder", library: "Library", gates: tuple[Gate, ...], baseline: "RunFolder | None"
) -> "tuple[GateResult, ...]":
    """Return what each gate comes to. Raises RunError or UsageError."""
    from coach.cli.results import rescore, saved_scores
    from coach.scoring import figures_of, scored_part, twins
    from coach.scoring.gates import judge

    tables = scored.tables_of(folder, library)
    saved = saved_scores(folder)
    # Scores of another number of interviews are of a journal that has changed since.
    fresh = saved is not None and saved.interviews + saved.twins == len(tables.interviews)
    scores = saved if saved is not None and fresh else rescore(folder, library)
    deltas, alone = against(folder, baseline, library, gates) if baseline is not None else (None, 0.0)
    kept = scored_part(tables)[0].twin("")
    cases = kept.interviews["case"].nunique() if not kept.interviews.empty else 0
    figures = chain(figures_of(kept), twins.measures(scored_part(tables)[0])) if not kept.turns.empty else ()
    missing = sum(c.twin is None for c in folder.missing_cells())
    return judge(gates, scores, figures=figures, cases=int(cases), missing=missing, deltas=deltas, alone=alone)


def against(
    folder: "RunFolder", baseline: "RunFolder", library: "Library", gates: tuple[Gate, ...]
) -> "tuple[tuple[Delta, ...], float]":
    """Return the differences from a baseline, those that gates want tested, and the share of cells that it lacks.

    Raises RunError or UsageError.
    """
    from coach.scoring import scored_part
    from coach.scoring.compared import deltas_of
    from coach.scoring.comparison import side_by_side
    from coach.scoring.gates import tested

    scored.check_comparable(baseline, folder)
    scored.check_seeds(baseline, folder)
    runs = (baseline, folder)
    diff, lost = scored.prompts_diff(*runs, (None, None))
    tables = [scored.tables_of(f, library) for f in runs]
    for run, table in zip(runs, tables, strict=True):
        if not table.interviews.empty and table.interviews["prompts"].nunique() > 1:
            raise UsageError(
                f"{run.path} has several prompt sets, and a baseline is compared with one: run each by itself, "
                "or use coach compare with --base-prompts and --new-prompts"
            )
    sides = side_by_side(*(scored_part(t)[0] for t in tables))
    if not sides.shared:
        raise UsageError(
            f"--baseline {baseline.path}: it shares no case with {folder.path}, so nothing can be compared; "
            "run the same matrix for both"
        )
    unread = scored.unread(runs, changed=bool(diff or lost))
    found = deltas_of(sides, seed=folder.manifest.seed, unread=unread, tested=tested(gates))
    return found, sides.only_new / (sides.shared + sides.only_new)
