"""Gates: whether a run's figures are what its matrix wants; pass, fail or inconclusive, never a guess."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from coach.content.gates import Gate
from coach.domain._base import Frozen
from coach.errors import UsageError, nearest
from coach.scoring.clusters import THESE_PERSONAS
from coach.scoring.comparison import MOST_MISSING, Delta
from coach.scoring.figures import Figure, Scored
from coach.scoring.model import Key, Measure, Scores, key_of
from coach.scoring.paired import more_cases, more_cases_of_a_share
from coach.scoring.registry import MEASURES, better, unit_of
from coach.scoring.statistics import t_quantile, wilson_at

Outcome = Literal["pass", "fail", "inconclusive"]
MOST_UNSCORED = 0.05
"""Share of unscored interviews above which no gate can pass or fail."""
_SHOWN = 10
_CLUSTERS = {False: "clusters (persona x bank)", True: "clusters (persona x question or case)"}
SLICES = (
    "persona", "language", "scenario", "held_out", "prompts", "rubric", "goal", "family", "change", "agent", "answer",
    "k", "by", "without_simulator_faults",
)  # fmt: skip
"""What figures are sliced by; not each by all of it."""
_OF_LOGS = ("logs.", "conformance.log_schema")
_ONE_RUN = ("cost.", "health.", "stability.", "truth.")
"""Groups that `coach compare` shows side by side, or not at all."""


class Counterexample(Frozen):
    """A row that an absolute gate does not allow."""

    interview: str
    turn: int | None
    """None: the interview as a whole."""


class GateResult(Frozen):
    """One gate, what came, and why."""

    gate: Gate
    outcome: Outcome
    why: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    clusters: int = 0
    more_cases: int | None = None
    """About how many more cases, in a fresh run, would decide."""
    p: float | None = None
    p_holm: float | None = None
    """That nothing differs from the baseline, adjusted over all gates that have one; the interval decides."""
    counterexamples: tuple[Counterexample, ...] = ()

    @property
    def name(self) -> str:
        """Return the gate in words."""
        return str(self.gate)


def check_gates(gates: Iterable[Gate], own: tuple[str, ...] = ()) -> None:
    """Raise UsageError where a gate is on what does not exist or could not be met; ``own``: names of users' scorers."""
    for gate in gates:
        theirs = gate.measure.partition(".")[0] in own
        if not theirs:
            _check_meaning(gate)
        if gate.measure not in MEASURES and not theirs:
            raise UsageError(f"gate on '{gate.measure}': there is no such measure.{nearest(gate.measure, MEASURES)}")
        if gate.not_worse_than_baseline is not None and gate.measure.startswith(_ONE_RUN):
            raise UsageError(f"gate on '{gate.measure}': it is not compared between runs; use at_least or at_most")
        if gate.not_worse_than_baseline is not None and better(gate.measure) is None:
            raise UsageError(f"gate on '{gate.measure}': neither more nor less of it is better, so it can't be worse")


def _check_meaning(gate: Gate) -> None:
    """Raise UsageError where a gate on a measure of ours asks for what such a measure can't be."""
    for key in gate.slice:
        if key not in SLICES:
            raise UsageError(f"gate on '{gate.measure}': no figure is sliced by '{key}'.{nearest(key, SLICES)}")
    if gate.measure.startswith(_OF_LOGS):
        raise UsageError(f"gate on '{gate.measure}': it is of interview logs alone, and a run has none of it")
    if gate.measure in MEASURES and unit_of(gate.measure) == "share":
        bounds = (gate.at_least, gate.at_most, gate.not_worse_than_baseline)
        if any(b is not None and not 0 <= b <= 1 for b in bounds):
            raise UsageError(f"gate on '{gate.measure}': it is a share, so its bound lies between 0 and 1")
    elif gate.measure in MEASURES and (gate.always or gate.never):
        unit = unit_of(gate.measure)
        raise UsageError(f"gate on '{gate.measure}': always and never are for shares of rows; it is in {unit}")


def check_reachable(gates: Iterable[Gate], clusters: Mapping[str, int]) -> None:
    """Raise UsageError where not even a perfect score could pass with so few clusters.

    Args:
        gates: the matrix's.
        clusters: by gate (in words) the most clusters that its rows can have in this matrix.
    """
    for gate in gates:
        most = clusters.get(str(gate))
        share = gate.at_least if gate.at_least is not None else gate.at_most
        if most is None or share is None or not 0 <= share <= 1:
            continue
        if most < 2:
            raise UsageError(f"gate '{gate}': its rows make one cluster, which has no interval; add personas or banks")
        low, high = wilson_at(1.0 if gate.at_least is not None else 0.0, most, t_quantile(most - 1))
        best = low if gate.at_least is not None else high
        if (gate.at_least is not None and best < share) or (gate.at_most is not None and best > share):
            raise UsageError(
                f"gate '{gate}': with {most} clusters a perfect score has the bound {best:.3f}, so it can never pass; "
                "add personas, scenarios or variants, or ask for less"
            )


def tested(gates: Iterable[Gate]) -> frozenset[Key]:
    """Return the measures whose difference from the baseline is tested: those of the gates that want one."""
    return frozenset(key_of(g.measure, g.slice) for g in gates if g.not_worse_than_baseline is not None)


def judge(
    gates: Sequence[Gate],
    scores: Scores,
    *,
    figures: Iterable[Scored],
    cases: int,
    missing: int = 0,
    deltas: Sequence[Delta] | None = None,
    alone: float = 0.0,
) -> tuple[GateResult, ...]:
    """Return what each gate came to.

    Args:
        gates: the matrix's, each on a measure that exists.
        scores: of the run.
        figures: of the run: where an absolute gate looks for counterexamples.
        cases: how many the run has.
        missing: interviews that a run which was cut off lacks; they are unscored.
        deltas: against the baseline, the gates' own ones tested; None: there is none.
        alone: share of the run's cells that the baseline lacks.
    """
    found = {key_of(m.name, m.slice): m for m in scores.measures}
    rows = {
        key_of(f.name, f.where): f
        for f in figures
        if isinstance(f, Figure) and any(f.name == g.measure for g in gates if g.always or g.never)
    }
    whole = scores.interviews + missing
    unscored = (scores.unscored_interviews + missing) / whole if whole else 1.0
    results = []
    for gate in gates:
        key = key_of(gate.measure, gate.slice)
        if unscored > MOST_UNSCORED:
            why = f"{100 * unscored:.0f} % of the interviews are unscored; more than 5 % decide nothing"
            results.append(GateResult(gate=gate, outcome="inconclusive", why=why))
        elif gate.not_worse_than_baseline is not None and alone > MOST_MISSING:
            why = f"the baseline lacks {100 * alone:.0f} % of the cases; more than 5 % decide nothing"
            results.append(GateResult(gate=gate, outcome="inconclusive", why=why))
        elif gate.not_worse_than_baseline is not None:
            results.append(_against(gate, deltas))
        elif gate.always or gate.never:
            results.append(_absolute(gate, found.get(key), rows.get(key)))
        else:
            results.append(_bounded(gate, found.get(key), cases))
    return tuple(results)


def _nothing(gate: Gate, measure: Measure | None) -> GateResult:
    why = measure.reason if measure is not None and measure.reason else "the run has no rows of this slice"
    return GateResult(gate=gate, outcome="inconclusive", why=f"unscored: {why}")


def _with(gate: Gate, measure: Measure, outcome: Outcome, why: str, more: int | None = None) -> GateResult:
    few = THESE_PERSONAS in (measure.note or "")
    return GateResult(
        gate=gate,
        outcome=outcome,
        why=f"{why} ({THESE_PERSONAS})" if few else why,
        value=measure.value,
        low=measure.low,
        high=measure.high,
        n=measure.n,
        clusters=measure.clusters,
        more_cases=more,
    )


def _bounded(gate: Gate, measure: Measure | None, cases: int) -> GateResult:
    """Return a gate that wants the whole interval on one side."""
    if measure is None or measure.value is None:
        return _nothing(gate, measure)
    bound = gate.at_least if gate.at_least is not None else gate.at_most
    if bound is None:
        raise ValueError(f"gate '{gate}' has no bound")
    if measure.low is None or measure.high is None:
        if measure.method is None and measure.clusters == 0:
            met = measure.value >= bound if gate.at_least is not None else measure.value <= bound
            return _with(gate, measure, "pass" if met else "fail", "a sum, which has no interval")
        return _with(gate, measure, "inconclusive", f"no interval: {measure.note or 'one cluster'}")
    # The bound itself is on the good side; an interval that only touches it from the other side is open.
    if gate.at_least is not None:
        above, below = measure.low >= bound, measure.high < bound
    else:
        above, below = measure.low > bound, measure.high <= bound
    if above or below:
        met = above if gate.at_least is not None else below
        side = "at or above" if above else "at or below"
        return _with(gate, measure, "pass" if met else "fail", f"the whole interval is {side} {bound}")
    if measure.method == "wilson" and not measure.unknown and measure.value in (0.0, 1.0):
        # Where no two rows differ, the bound is that of so many clusters, however many rows each has.
        more = more_cases_of_a_share(measure.clusters, measure.value, measure.low, measure.high, bound)
        few = THESE_PERSONAS in (measure.note or "")
        needed = f"; {measure.clusters + more:,} {_CLUSTERS[few]} would decide" if more is not None else ""
        why = f"all {measure.n} rows are alike, but {measure.clusters} clusters leave {bound} inside the interval"
        return _with(gate, measure, "inconclusive", why + needed)
    if measure.method == "wilson" and not measure.unknown:
        more = more_cases_of_a_share(cases, measure.value, measure.low, measure.high, bound)
    else:
        near = measure.value - measure.low if bound < measure.value else measure.high - measure.value
        more = more_cases(cases, near, abs(measure.value - bound))
    return _with(gate, measure, "inconclusive", f"the interval holds {bound}", more)


def _absolute(gate: Gate, measure: Measure | None, figure: Figure | None) -> GateResult:
    """Return a gate that one counterexample fails."""
    if measure is None or measure.value is None:
        return _nothing(gate, measure)
    if figure is None or figure.formula is not None:
        why = "it is no share of rows, so no single row can break it; use at_least or at_most"
        return _with(gate, measure, "inconclusive", why)
    wanted = 1.0 if gate.always else 0.0
    broken = figure.rows[figure.columns[:, 0] != wanted]
    if broken.empty and measure.unknown > MOST_UNSCORED * (measure.n + measure.unknown):
        why = f"{measure.unknown} of {measure.n + measure.unknown} rows can't be told; more than 5 % decide nothing"
        return _with(gate, measure, "inconclusive", why)
    if broken.empty:
        bound = measure.low if gate.always else measure.high
        seen = f"; as a share it is {'at least' if gate.always else 'at most'} {bound:.3f}" if bound is not None else ""
        return _with(gate, measure, "pass", f"no counterexample in {measure.n} rows{seen}")
    turns = broken["turn_id"] if "turn_id" in broken else [None] * len(broken)
    examples = tuple(
        Counterexample(interview=str(i), turn=int(t) if t is not None else None)
        for i, t in list(zip(broken["interview"], turns, strict=True))[:_SHOWN]
    )
    result = _with(gate, measure, "fail", f"{len(broken)} of {measure.n} rows")
    return result.model_copy(update={"counterexamples": examples})


def _against(gate: Gate, deltas: Sequence[Delta] | None) -> GateResult:
    """Return a gate on the difference from the baseline."""
    margin = gate.not_worse_than_baseline
    if deltas is None or margin is None:
        return GateResult(gate=gate, outcome="inconclusive", why="no baseline was given: --baseline RUN")
    wanted = key_of(gate.measure, gate.slice)
    found = next((d for d in deltas if key_of(d.name, d.slice) == wanted), None)
    if found is None or found.delta is None:
        why = found.why if found is not None else "the runs have no rows of this slice"
        return GateResult(gate=gate, outcome="inconclusive", why=f"unscored: {why}")
    result = GateResult(
        gate=gate,
        outcome="inconclusive",
        why=found.why,
        value=found.delta,
        low=found.low,
        high=found.high,
        n=found.pairs,
        clusters=found.clusters,
        p=found.p,
        p_holm=found.p_holm,
    )
    if found.verdict == "can't tell" or found.low is None or found.high is None:
        return result
    # The change to the worse: an interval wholly below the margin passes, wholly above it fails.
    worse = (-found.high, -found.low) if better(gate.measure) == "high" else (found.low, found.high)
    if worse[1] <= margin:
        return result.model_copy(update={"outcome": "pass", "why": f"at most {max(0.0, worse[1]):.3f} worse"})
    if worse[0] > margin:
        return result.model_copy(update={"outcome": "fail", "why": f"at least {worse[0]:.3f} worse"})
    if found.unit == "share" and found.delta == 0 and found.high == -found.low:
        # No pair differs, so the bound is Wilson's of none in so many clusters.
        why = f"no pair differs, but {found.clusters} clusters leave room for {found.high:.3f}, more than the margin"
        more = more_cases_of_a_share(found.clusters, 0.0, 0.0, found.high, margin)
        if more is not None:
            why += f"; {found.clusters + more:,} {_CLUSTERS[bool(found.note)]} would leave less"
        return result.model_copy(update={"why": why})
    middle = -found.delta if better(gate.measure) == "high" else found.delta
    near = middle - worse[0] if middle > margin else worse[1] - middle
    more = more_cases(found.cases, near, abs(margin - middle))
    why = f"the change to the worse lies between {worse[0]:+.3f} and {worse[1]:+.3f}, the margin between them"
    return result.model_copy(update={"why": why, "more_cases": more})


def outcome(results: Iterable[GateResult]) -> Outcome:
    """Return what all gates come to: one failure fails, then one open question leaves it open."""
    seen = {r.outcome for r in results}
    return "fail" if "fail" in seen else "inconclusive" if "inconclusive" in seen else "pass"
