"""A run from inside a program: what the pytest plugin and its fixture start, and what they ask of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coach.errors import RunIncomplete

if TYPE_CHECKING:
    from coach.cli.options import CassetteChoice
    from coach.content.gates import Gate
    from coach.content.library import Library
    from coach.content.scenario import Matrix
    from coach.records.interview import InterviewRecord
    from coach.records.run import RunFolder
    from coach.scoring.figures import Figure
    from coach.scoring.gates import GateResult
    from coach.scoring.model import Measure, Scores, SliceValue
    from coach.scoring.tables import Tables
    from coach.settings import Settings


@dataclass(frozen=True)
class CoachRun:
    """A finished run, its scores and its interviews."""

    folder: "RunFolder"
    library: "Library"
    failures: "Mapping[str, str]" = field(default_factory=dict)
    """By cell key: why an interview did not end; of a replay the diff to the nearest recording."""

    def check(self) -> "CoachRun":
        """Return the run. Raises RunIncomplete where some interviews did not end, with the first reason."""
        if self.failures:
            key, reason = next(iter(self.failures.items()))
            more = f"\n… and {len(self.failures) - 1} more interviews" if len(self.failures) > 1 else ""
            raise RunIncomplete(f"{key}: {reason}{more}")
        return self

    @cached_property
    def scores(self) -> "Scores":
        """The run's scores; computed where they are missing or of another grading version."""
        from coach.cli.results import rescore, saved_scores

        return saved_scores(self.folder) or rescore(self.folder, self.library)

    @cached_property
    def interviews(self) -> "Mapping[str, InterviewRecord]":
        """The ended interviews by id, in the matrix's order."""
        return {r.interview_id: r for r in self.folder.records()}

    @cached_property
    def tables(self) -> "Tables":
        """The tables that every measure is computed over, twins included."""
        from coach.cli.scored import tables_of

        return tables_of(self.folder, self.library)

    def measure(self, name: str, **where: "SliceValue") -> "Measure":
        """Return one measure, e.g. ``run.measure("anchor.kept", persona="topic_switcher")``.

        Raises:
            KeyError: the run has no such measure or slice.
        """
        from coach.scoring.model import key_of

        found = {key_of(m.name, m.slice): m for m in self.scores.measures}
        if key_of(name, where) not in found:
            raise KeyError(f"the run has no measure '{name}' of {where or 'all rows'}")
        return found[key_of(name, where)]

    def gates(self, baseline: "CoachRun | None" = None) -> "tuple[GateResult, ...]":
        """Return what the gates of the run's matrix come to."""
        from coach.cli.gating import judged
        from coach.cli.results import gates_of

        return judged(self.folder, self.library, gates_of(self.folder), baseline.folder if baseline else None)

    def transcript(self, interview: str) -> str:
        """Return one interview as text, by its id. KeyError where there is none."""
        from coach.reporting.transcript import transcript

        return transcript(self.interviews[interview], width=100, thoughts=False, markdown=False)

    @cached_property
    def problems(self) -> dict[str, tuple[str, ...]]:
        """By interview, what is wrong with it: a fault, an expectation that is not met, an absolute gate broken."""
        from coach.cli.results import gates_of
        from coach.scoring.acceptance import turn_checks, verdict_checks

        found: dict[str, list[str]] = {i: [] for i in self.interviews}
        for interview, record in self.interviews.items():
            if record.blame in ("engine", "infrastructure"):
                found[interview].append(f"ended by {record.ended_by}, blame {record.blame}")
            checks = [(t.turn_id, c) for t in record.turns for c in turn_checks(t)]
            found[interview] += [f"turn {n}: {c}" for n, c in checks if not c.met]
            found[interview] += [f"at the end: {c}" for c in verdict_checks(record) if not c.met]
        for gate, figure in self._figures([g for g in gates_of(self.folder) if g.always or g.never]):
            broken = figure.rows[figure.columns[:, 0] != (1.0 if gate.always else 0.0)]
            turns = broken["turn_id"] if "turn_id" in broken else [None] * len(broken)
            for interview, turn in zip(broken["interview"], turns, strict=True):
                where = f"turn {int(turn)}: " if turn is not None else ""
                found[str(interview)].append(f"{where}not {gate}")
        return {i: tuple(p) for i, p in found.items() if p}

    def worst(self, gate: "Gate") -> str | None:
        """Return the interview that speaks most against a gate's measure, None where no single one does."""
        from coach.scoring.registry import better

        for _, figure in self._figures([gate]):
            if figure.formula is not None or figure.rows.empty:
                continue
            values = figure.columns[:, 0] if better(gate.measure) != "low" else -figure.columns[:, 0]
            against = figure.rows.assign(loss=values.max() - values).groupby("interview", sort=False)["loss"].sum()
            return str(against.idxmax())
        return None

    def _figures(self, gates: "Sequence[Gate]") -> "Iterator[tuple[Gate, Figure]]":
        """Yield the figure of each gate that has one."""
        from coach.scoring import figures_of, scored_part
        from coach.scoring.figures import Figure
        from coach.scoring.model import key_of

        wanted = {key_of(g.measure, g.slice): g for g in gates}
        kept = scored_part(self.tables)[0].twin("")
        for one in figures_of(kept) if wanted and not kept.turns.empty else ():
            if isinstance(one, Figure) and (gate := wanted.get(key_of(one.name, one.where))):
                yield gate, one


def run_matrix(
    matrix: "Matrix",
    library: "Library",
    settings: "Settings",
    *,
    out: Path,
    model: str | None = None,
    cassette: Path | None = None,
    mode: "CassetteChoice | None" = None,
    engine: str | None = None,
    beside: Path | None = None,
) -> CoachRun:
    """Run a matrix and return the run; interviews that did not end are among its ``failures``.

    Args:
        matrix: what is run.
        library: the content.
        settings: what is not given here.
        out: where the run goes.
        model: which model answers; None: the settings', else the one that a cassette to replay holds.
        cassette: recorded answers.
        mode: how it is used; None: replay.
        engine: a user's own interviewer.
        beside: the folder that the matrix file's relative paths start from.

    Raises:
        RunIncomplete: it was interrupted.
        CoachError: as ``coach simulate``.
    """
    from coach.cli.options import choose
    from coach.cli.results import refresh_results
    from coach.cli.running import run_missing
    from coach.cli.runs import RunPlan
    from coach.cli.setup import Setup, resolve_prompts

    choice = choose(
        settings, model=[model] if model else None, cassette=cassette, cassette_mode=mode if cassette else None
    )
    prompts = resolve_prompts(matrix.prompts, library, beside)
    plan = RunPlan.new(matrix, library, settings=settings, setup=Setup(choice, prompts, engine=engine), out=out)
    with plan.folder.lock():
        outcome = run_missing(plan, plan.folder.missing_cells(), quiet=True, silent=True)
        results = refresh_results(plan.folder, library)
        failures = dict(outcome.failed) | {key: f"{miss}\n{miss.diff}".rstrip() for key, miss in outcome.misses}
        if outcome.interrupted:
            raise RunIncomplete(f"the run {plan.folder.path} was interrupted")
        if not failures:
            plan.folder.finish(datetime.now(UTC), ended=len(plan.cells), unscored=results.scores.unscored_interviews)
    return CoachRun(plan.folder, library, failures)
