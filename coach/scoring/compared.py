"""What `coach compare` returns: the differences, the turns that flipped, cost side by side, and what to make of it."""

from collections.abc import Iterator

import pandas as pd

from coach.domain._base import Frozen
from coach.scoring import cost, figures_of, scored_part, twins
from coach.scoring.comparison import Delta, Sides, Verdict, compare, headlines, overall, side_by_side
from coach.scoring.figures import Scored, finished, narrow
from coach.scoring.model import GRADING_VERSION, Key, Unit
from coach.scoring.tables import Tables

ALL = "all"
"""What the agent of a sum over all of them is called."""
_COSTS = ("cost.tokens_input", "cost.tokens_output", "cost.usd", "cost.latency_p50", "cost.latency_p95")


class Flip(Frozen):
    """One act that both runs were given and only one read right."""

    case: str
    base_interview: str
    base_turn: int
    new_interview: str
    new_turn: int
    act: str
    true_kind: str
    base_seen: str
    new_seen: str
    won: bool
    """Whether the new run is the one that is right."""


class CostLine(Frozen):
    """One figure of cost or latency, side by side; None is unknown."""

    name: str
    agent: str
    unit: Unit
    base: float | None
    new: float | None
    note: str = ""


class Comparison(Frozen):
    """Two runs, compared on the cases that they share."""

    base: str
    new: str
    base_model: str
    new_model: str
    grading_version: int = GRADING_VERSION
    shared: int
    """Cells that both have: case, epoch, rubric, twin."""
    only_base: int
    only_new: int
    verdict: Verdict
    headlines: tuple[Delta, ...]
    deltas: tuple[Delta, ...]
    flips: tuple[Flip, ...]
    costs: tuple[CostLine, ...]
    prompts_diff: str = ""
    """Of the templates, as a unified diff; empty where they are the same or are not kept."""
    notices: tuple[str, ...] = ()


def compare_tables(
    base: Tables,
    new: Tables,
    *,
    names: tuple[str, str],
    models: tuple[str, str],
    seed: int,
    unread: bool = False,
    prompts_diff: str = "",
    notices: tuple[str, ...] = (),
) -> Comparison:
    """Return the comparison of two runs' tables.

    Args:
        base: what is compared with.
        new: what is new.
        names: of the runs.
        models: of the runs.
        seed: of the bootstrap and the sign flips.
        unread: whether they differ in prompts that their model does not read.
        prompts_diff: of their templates.
        notices: said above all.
    """
    sides = side_by_side(scored_part(base)[0], scored_part(new)[0])
    deltas = deltas_of(sides, seed=seed, unread=unread)
    return Comparison(
        base=names[0],
        new=names[1],
        base_model=models[0],
        new_model=models[1],
        shared=sides.shared,
        only_base=sides.only_base,
        only_new=sides.only_new,
        verdict=overall(deltas),
        headlines=tuple(headlines(deltas)),
        deltas=deltas,
        flips=tuple(_flips(sides.tables.turns)) if deltas else (),
        costs=tuple(_costs(sides.tables)) if deltas else (),
        prompts_diff=prompts_diff,
        notices=notices,
    )


def deltas_of(sides: Sides, *, seed: int, unread: bool = False, **more: frozenset[Key]) -> tuple[Delta, ...]:
    """Return every measure's difference; ``tested`` may say which get a p. Without a shared turn there is none."""
    if not sides.shared or sides.tables.turns.empty:
        return ()
    return compare(_figures(sides.tables), seed=seed, unread=unread, **more)


def _figures(tables: Tables) -> Iterator[Scored]:
    """Yield what can be compared: all but cost, which is shown side by side, and what needs whole runs."""
    yield from (f for f in figures_of(tables.twin("")) if not f.name.startswith(("cost.", "health.")))
    for side in ("base", "new"):
        if (tables.interviews.loc[tables.interviews["side"] == side, "twin"] == "").all():
            return
    yield from twins.measures(tables)


def _flips(turns: pd.DataFrame) -> Iterator[Flip]:
    """Yield the flips, what was lost first."""
    turns = narrow(turns, "true_kind", "seen_kind", "act", "exposes_analysis")
    told = turns[(turns["twin"] == "") & turns["true_kind"].notna() & (turns["pair"] >= 0)]
    told = told[told["exposes_analysis"].astype(bool)]
    base, new = (told[told["side"] == side].drop_duplicates("pair") for side in ("base", "new"))
    both = base.merge(new, on="pair", suffixes=("", "_new"))
    right, right_new = both["seen_kind"] == both["true_kind"], both["seen_kind_new"] == both["true_kind_new"]
    flipped = both[right != right_new].assign(won=right_new[right != right_new])
    for row in flipped.sort_values(["won", "case", "turn_id"]).to_dict("records"):
        yield Flip(
            case=str(row["case"]),
            base_interview=str(row["interview"]).partition(":")[2],
            base_turn=int(row["turn_id"]),
            new_interview=str(row["interview_new"]).partition(":")[2],
            new_turn=int(row["turn_id_new"]),
            act=str(row["act"]),
            true_kind=str(row["true_kind"]),
            base_seen=str(row["seen_kind"]),
            new_seen=str(row["seen_kind_new"]),
            won=bool(row["won"]),
        )


def _costs(tables: Tables) -> Iterator[CostLine]:
    """Yield cost and latency by agent, of the shared cells without their twins."""
    own = tables.twin("")
    found = []
    for side in ("base", "new"):
        part = own.only(lambda rows, side=side: rows["side"] == side)  # type: ignore[misc]
        measures = finished(cost.measures(part.calls, part.turns, part.interviews), 0)
        found.append({(m.name, str(m.slice.get("agent", ALL))): m for m in measures if m.name in _COSTS})
    for name, agent in dict.fromkeys([*found[0], *found[1]]):
        base, new = (f.get((name, agent)) for f in found)
        known = base or new
        if known is None:
            continue
        note = ", ".join(dict.fromkeys(m.note for m in (base, new) if m is not None and m.note))
        yield CostLine(
            name=name,
            agent=agent,
            unit=known.unit,
            base=base.value if base else None,
            new=new.value if new else None,
            note=note,
        )
