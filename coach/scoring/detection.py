"""Detection: what the Observer saw against what was there."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from coach.domain.vocabulary import TRUE_KINDS, AnswerKind, Blame, seed_kind
from coach.scoring.compact import NO_ANALYSIS
from coach.scoring.figures import Scored, Slice, f1, narrow, ratio, share, slices, statistic, unscored
from coach.scoring.model import Confusion
from coach.scoring.statistics import Floats
from coach.scoring.tables import FLAGS, PROFILE_FIELDS

KINDS = tuple(k.value for k in TRUE_KINDS)
UNVERIFIED = AnswerKind.UNVERIFIED.value
_RIGHT = ("excellent", "normal", "incomplete")
_NONE = "no such turn in this slice"
SLICES = ("persona", "language", "held_out", "scenario")


def measures(turns: pd.DataFrame, interviews: pd.DataFrame) -> Iterator[Scored]:
    """Yield the detection measures; turns whose kind can't be told are left out."""
    flags = [f"{side}_{flag}" for side in ("true", "seen") for flag in FLAGS]
    turns = narrow(
        turns, "true_kind", "seen_kind", "acceptable", "act", "held_out", "corrected", "exposes_analysis", *flags
    )
    told = turns[turns["true_kind"].notna()]
    for where, part in slices(told, *SLICES):
        yield _corrected(part, where)
    turns = turns[turns["exposes_analysis"].astype(bool)]
    rows = turns[turns["true_kind"].notna()]
    for where, part in slices(rows, *SLICES):
        yield from _kinds(part, where)
        yield from _hallucination(part, where)
    for where, part in slices(rows, "language", "held_out"):
        for kind in KINDS:
            yield from _one_class(part, kind, where)
        yield from _right_or_wrong(part, where)
    for where, part in slices(turns[turns["act"].notna()], "language", "held_out"):
        for flag in FLAGS:
            # Whether a reply of unknown kind is false is not known either.
            yield from _flag(part[part["true_kind"].notna()] if flag == "errors" else part, flag, where)
    yield from _gap(rows)
    unknown = turns.loc[turns["act"].notna() & turns["true_kind"].isna(), "interview"]
    yield from _false_accusations(rows[~rows["interview"].isin(unknown)], interviews)
    yield from _profile(interviews)


def _kinds(rows: pd.DataFrame, where: Slice) -> Iterator[Scored]:
    strict = rows["true_kind"] == rows["seen_kind"]
    lenient = strict | rows["acceptable"].astype(bool)
    yield share("detection.kind.accuracy", rows, strict, where, nothing=_NONE)
    yield share("detection.kind.accuracy_lenient", rows, lenient, where, nothing=_NONE)
    present = [k for k in KINDS if (rows["true_kind"] == k).any()]
    columns = np.zeros((len(rows), 3 * len(present)))
    for i, kind in enumerate(present):
        true = rows["true_kind"] == kind
        columns[:, 3 * i] = strict & true
        columns[:, 3 * i + 1] = true
        columns[:, 3 * i + 2] = rows["seen_kind"] == kind

    def macro(sums: Floats) -> Floats:
        each = [f1(sums[:, 3 * i : 3 * i + 3]) for i in range(len(present))]
        return np.asarray(np.mean(each, axis=0), dtype=np.float64)

    note = f"over the {len(present)} kinds that occur"
    if present:
        yield statistic(
            "detection.kind.macro_f1",
            rows,
            columns,
            macro,
            "score",
            where,
            nothing=_NONE,
            note=note,
        )
    else:
        yield unscored("detection.kind.macro_f1", "score", where, _NONE)


def _one_class(rows: pd.DataFrame, kind: str, where: Slice) -> Iterator[Scored]:
    true, seen = rows["true_kind"] == kind, rows["seen_kind"] == kind
    name = f"detection.{kind}"
    if kind != AnswerKind.HALLUCINATION.value:
        yield share(f"{name}.recall", rows[true], seen, where, nothing=_NONE)
        yield share(f"{name}.precision", rows[seen], true, where, nothing="nothing was seen as this kind", paired=False)
    columns = np.column_stack([(true & seen), true, seen]).astype(np.float64)
    yield statistic(f"{name}.f1", rows, columns, f1, "score", where, nothing="neither true nor seen here")


def _hallucination(rows: pd.DataFrame, where: Slice) -> Iterator[Scored]:
    kind = AnswerKind.HALLUCINATION.value
    true, seen = rows["true_kind"] == kind, rows["seen_kind"] == kind
    yield share("detection.hallucination.recall", rows[true], seen, where, nothing=_NONE)
    yield share(
        "detection.hallucination.precision",
        rows[seen],
        true,
        where,
        nothing="nothing was seen as a hallucination",
        paired=False,
    )
    for name, accused in (
        ("dont_know", rows["true_kind"] == AnswerKind.DONT_KNOW.value),
        ("hedged", rows["true_hedged"] & ~rows["true_errors"]),
        ("opinions", rows["act"] == "opine"),
        ("right_answers", rows["true_kind"].isin(_RIGHT) & ~rows["true_errors"].astype(bool)),
    ):
        yield share(f"detection.accused.{name}", rows[accused], seen, where, nothing=_NONE)


def _corrected(rows: pd.DataFrame, where: Slice) -> Scored:
    """Return whether false claims were put right, which the visible message tells by itself."""
    told = rows[(rows["true_kind"] == AnswerKind.HALLUCINATION.value) & rows["corrected"].notna()]
    return share("detection.hallucination.corrected", told, told["corrected"].astype(bool), where, nothing=_NONE)


def _right_or_wrong(rows: pd.DataFrame, where: Slice) -> Iterator[Scored]:
    """Right against wrong three ways; an engine fault and ``unverified`` are undecided.

    Half an answer with an error in it is neither right nor wrong.
    """
    wrong = rows["true_kind"] == AnswerKind.HALLUCINATION.value
    pairs = rows[wrong | (rows["true_kind"].isin(_RIGHT) & ~rows["true_errors"].astype(bool))]
    undecided = pairs["seen_kind"].isin((UNVERIFIED, NO_ANALYSIS))
    wrong = wrong.loc[pairs.index]
    said_wrong = pairs["seen_kind"] == AnswerKind.HALLUCINATION.value
    said_right = pairs["seen_kind"].isin(_RIGHT)
    hit = (wrong & said_wrong) | (~wrong & said_right)
    yield share("detection.right_or_wrong.coverage", pairs, ~undecided, where, nothing=_NONE)

    def balanced(sums: Floats) -> Floats:
        return (ratio(sums[:, 0], sums[:, 1]) + ratio(sums[:, 2], sums[:, 3])) / 2

    decided = pairs[~undecided]
    both = "not both right and wrong answers here"
    d_wrong, d_hit = wrong.loc[decided.index], hit.loc[decided.index]
    columns = np.column_stack([d_wrong & d_hit, d_wrong, ~d_wrong & d_hit, ~d_wrong]).astype(np.float64)
    name = "detection.right_or_wrong.balanced_accuracy_decided"
    yield statistic(name, decided, columns, balanced, "share", where, nothing=both)
    half = hit.astype(np.float64) + 0.5 * (pairs["seen_kind"] == UNVERIFIED)
    columns = np.column_stack([half * wrong, wrong, half * ~wrong, ~wrong]).astype(np.float64)
    name = "detection.right_or_wrong.balanced_accuracy_all"
    yield statistic(name, pairs, columns, balanced, "share", where, nothing=both, note="unverified as one half")


def _flag(rows: pd.DataFrame, flag: str, where: Slice) -> Iterator[Scored]:
    true, seen = rows[f"true_{flag}"].astype(bool), rows[f"seen_{flag}"].astype(bool)
    name = f"detection.flag.{flag}"
    yield share(f"{name}.recall", rows[true], seen, where, nothing="the flag is never true here")
    yield share(f"{name}.precision", rows[seen], true, where, nothing="the flag was never seen here", paired=False)
    yield share(f"{name}.false_alarms", rows[~true], seen, where, nothing="the flag is always true here")


def _gap(rows: pd.DataFrame) -> Iterator[Scored]:
    """Yield the strict accuracy in Russian less that in English."""
    hit = (rows["true_kind"] == rows["seen_kind"]).to_numpy()
    ru = (rows["language"] == "ru").to_numpy()
    columns = np.column_stack([hit & ru, ru, hit & ~ru, ~ru]).astype(np.float64)

    def gap(sums: Floats) -> Floats:
        return ratio(sums[:, 0], sums[:, 1]) - ratio(sums[:, 2], sums[:, 3])

    yield statistic(
        "detection.kind.gap_ru_en",
        rows,
        columns,
        gap,
        "score",
        {},
        nothing="not both languages here",
        part=False,
    )


def _false_accusations(rows: pd.DataFrame, interviews: pd.DataFrame) -> Iterator[Scored]:
    kind = AnswerKind.HALLUCINATION.value
    lied = set(rows.loc[rows["true_errors"].astype(bool), "interview"])
    told = interviews[interviews["interview"].isin(set(rows["interview"]))]
    honest = told[~told["interview"].isin(lied)]
    false = (rows["seen_kind"] == kind) & ~rows["true_errors"].astype(bool)
    accused = honest["interview"].isin(set(rows.loc[false, "interview"]))
    # One that a fault of the engine cut short may have come to an accusation later.
    cut = (honest["blame"] == Blame.ENGINE.value) & ~accused
    yield share(
        "detection.honest_interviews_accused",
        honest[~cut],
        accused,
        {},
        nothing="no honest interview here",
        unknown=honest[cut],
    )


def _profile(interviews: pd.DataFrame) -> Iterator[Scored]:
    for field in PROFILE_FIELDS:
        for figure, nothing in (("recall", "nobody says it"), ("precision", "nothing was extracted")):
            parts = interviews[f"profile_{field}_{figure}"]
            rows = interviews[parts.notna()]
            name = f"detection.profile.{field}.{figure}"
            yield share(name, rows, parts, {}, nothing=nothing, paired=figure == "recall")


def confusions(turns: pd.DataFrame) -> Iterator[Confusion]:
    """Yield the confusion matrix on eleven kinds and on the original eight; all, known, held out."""
    rows = narrow(turns, "true_kind", "seen_kind", "held_out", "exposes_analysis")
    rows = rows[rows["true_kind"].notna() & rows["exposes_analysis"].astype(bool)]
    eight = tuple(k.value for k in TRUE_KINDS if seed_kind(k) is k)
    of_eight = {k.value: seed_kind(k).value for k in AnswerKind} | {NO_ANALYSIS: NO_ANALYSIS}
    for name, kinds, renamed in (("kinds", KINDS, {}), ("seed_kinds", eight, of_eight)):
        for where, part in slices(rows, "held_out"):
            columns = (*kinds, UNVERIFIED, NO_ANALYSIS)
            counts = dict.fromkeys(((t, s) for t in kinds for s in columns), 0)
            pairs = part.groupby(["true_kind", "seen_kind"], observed=True).size().reset_index(name="n")
            for true, seen, count in pairs.itertuples(index=False):
                counts[renamed.get(str(true), str(true)), renamed.get(str(seen), str(seen))] += int(count)
            yield Confusion(
                name=name,
                rows=kinds,
                columns=columns,
                counts=tuple(tuple(counts[true, seen] for seen in columns) for true in kinds),
                slice=where,
            )
