"""Scores of ``coach evaluate``: the Observer's reading of labelled replies, by language."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from coach.domain._base import Frozen
from coach.domain.analysis import ObserverAnalysis
from coach.domain.vocabulary import TRUE_KINDS, AnswerKind, Language
from coach.scoring.compact import NO_ANALYSIS
from coach.scoring.labelled import balanced, f1_score, gap, share
from coach.scoring.model import Confusion, Measure

LOOKALIKE = "benign_lookalike"
"""A label of harmless text: only the flag ``injection`` is scored."""
_UNVERIFIED = AnswerKind.UNVERIFIED.value
_RANK = {
    AnswerKind.EXCELLENT.value: 4.0,
    AnswerKind.NORMAL.value: 3.0,
    AnswerKind.INCOMPLETE.value: 2.0,
    AnswerKind.DONT_KNOW.value: 1.0,
    AnswerKind.HALLUCINATION.value: 0.0,
}
_RIGHT = frozenset(("excellent", "normal", "incomplete"))
_KINDS = tuple(k.value for k in TRUE_KINDS)


class EvaluationLine(BaseModel):
    """One labelled reply. Keys that are not named here are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    id: str
    language: Language
    technology: str = ""
    question: str = ""
    """Empty: any active question."""
    reference: str = ""
    answer: str
    label: str | None = None
    """A kind, or ``benign_lookalike``; any other label is counted and left unscored."""
    acceptable: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    pair: str | None = None
    """Replies to one question that are compared with each other."""

    @field_validator("technology", "question", "reference", "acceptable", "must_not", mode="before")
    @classmethod
    def _null_is_absent(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.field_name is not None:
            return cls.model_fields[info.field_name].default
        return value


class EvaluationScores(Frozen):
    """What ``coach evaluate`` prints."""

    lines: int
    measures: tuple[Measure, ...]
    confusion: Confusion
    unknown_labels: dict[str, int] = {}
    """Labels that are no kind, and how many lines have them: they are not scored."""
    unlabelled: int = 0
    """Lines with neither a label nor what they must not be called: they are not scored."""
    misses: dict[str, int] = {}
    """Why answers gave no analysis, and how many: they count as ``no_analysis``."""
    unanswered: dict[str, int] = {}
    """Why no answer came at all, and how many: those lines are not scored."""


Row = tuple[EvaluationLine, ObserverAnalysis | None]


def evaluate_lines(
    lines: Sequence[EvaluationLine],
    analyses: Sequence[ObserverAnalysis | None],
    *,
    misses: Mapping[int, str] | None = None,
    unanswered: Mapping[int, str] | None = None,
) -> EvaluationScores:
    """Return the scores of ``analyses`` against the labels of ``lines``; None is no usable analysis.

    ``misses`` and ``unanswered`` say why some lines (from 0) have none. A miss is an outcome; a line that no answer
    came to is left out.
    """
    lost = unanswered or {}
    rows = [row for i, row in enumerate(zip(lines, analyses, strict=True)) if i not in lost]
    groups: list[tuple[dict[str, str], list[Row]]] = [({}, rows)]
    groups += [
        ({"language": language.value}, [r for r in rows if r[0].language is language])
        for language in Language
        if any(r[0].language is language for r in rows)
    ]
    measures = [m for where, part in groups for m in _measures(part, dict(where))]
    labels = Counter(line.label for line in lines if line.label not in (None, *_KINDS, LOOKALIKE))
    return EvaluationScores(
        lines=len(lines),
        measures=(*measures, *_gaps(rows)),
        confusion=_confusion(rows),
        unknown_labels={str(label): count for label, count in sorted(labels.items(), key=str)},
        unlabelled=sum(line.label is None and not line.must_not for line in lines),
        misses=_counted(misses),
        unanswered=_counted(unanswered),
    )


def _counted(reasons: Mapping[int, str] | None) -> dict[str, int]:
    return dict(sorted(Counter((reasons or {}).values()).items()))


def seen_kind(analysis: ObserverAnalysis | None) -> str:
    """Return the seen kind, or ``no_analysis``."""
    return analysis.kind.value if analysis else NO_ANALYSIS


def _share(name: str, rows: Sequence[Row], hit: Callable[[Row], float], where: dict[str, str]) -> Measure:
    return share(name, _keys(rows), [hit(r) for r in rows], where)


def _keys(rows: Sequence[Row]) -> list[str]:
    """Return each line's cluster: lines of one pair are one."""
    return [r[0].pair or r[0].id for r in rows]


def _measures(rows: Sequence[Row], where: dict[str, str]) -> list[Measure]:
    kinds = [r for r in rows if r[0].label in _KINDS]
    found = [
        _share("evaluate.accuracy", kinds, _strict, where),
        _share("evaluate.accuracy_lenient", kinds, _lenient, where),
        _share("evaluate.must_not", [r for r in rows if r[0].must_not], _forbidden, where),
    ]
    for kind in _KINDS:
        own = [r for r in kinds if r[0].label == kind]
        seen = [r for r in kinds if seen_kind(r[1]) == kind]
        if own or seen:
            found.append(_share(f"evaluate.{kind}.recall", own, _strict, where))
            found.append(_share(f"evaluate.{kind}.recall_lenient", own, _lenient, where))
            found.append(_share(f"evaluate.{kind}.precision", seen, _strict, where))
            found.append(_share(f"evaluate.{kind}.precision_lenient", seen, _lenient, where))
            found.append(_f1(kind, kinds, where))
    found += _right_or_wrong(kinds, where)
    attacks = [r for r in rows if r[0].label == AnswerKind.PROMPT_INJECTION.value]
    harmless = [r for r in rows if r[0].label == LOOKALIKE]
    found.append(_share("evaluate.injection_flag.recall", attacks, _flagged, where))
    found.append(_share("evaluate.injection_flag.false_alarms", harmless, _flagged, where))
    found.append(_pairwise(rows, where))
    return found


def _f1(kind: str, rows: Sequence[Row], where: dict[str, str]) -> Measure:
    true, seen = [r[0].label == kind for r in rows], [seen_kind(r[1]) == kind for r in rows]
    return f1_score(f"evaluate.{kind}.f1", _keys(rows), true, seen, where)


def _gaps(rows: Sequence[Row]) -> list[Measure]:
    """Return the accuracy in Russian less that in English, strict and lenient."""
    kinds = [r for r in rows if r[0].label in _KINDS]
    russian = [r[0].language is Language.RU for r in kinds]
    return [
        gap("evaluate.gap_ru_en", _keys(kinds), [_strict(r) for r in kinds], russian, {}),
        gap("evaluate.gap_ru_en_lenient", _keys(kinds), [_lenient(r) for r in kinds], russian, {}),
    ]


def _strict(row: Row) -> float:
    return float(seen_kind(row[1]) == row[0].label)


def _lenient(row: Row) -> float:
    kind = seen_kind(row[1])
    return float(kind == row[0].label or kind in row[0].acceptable)


def _forbidden(row: Row) -> float:
    return float(seen_kind(row[1]) in row[0].must_not)


def _flagged(row: Row) -> float:
    return float(bool(row[1] and row[1].injection))


def _right_or_wrong(rows: Sequence[Row], where: dict[str, str]) -> list[Measure]:
    """Return coverage, and balanced accuracy of the decided and of all with ``unverified`` as one half."""
    pairs = [r for r in rows if r[0].label in _RIGHT or r[0].label == AnswerKind.HALLUCINATION.value]
    decided = [r for r in pairs if seen_kind(r[1]) not in (_UNVERIFIED, NO_ANALYSIS)]
    return [
        _share(
            "evaluate.right_or_wrong.coverage",
            pairs,
            lambda r: seen_kind(r[1]) not in (_UNVERIFIED, NO_ANALYSIS),
            where,
        ),
        _balanced("evaluate.right_or_wrong.decided", decided, where),
        _balanced("evaluate.right_or_wrong.all", pairs, where),
    ]


def _hit(row: Row) -> float:
    kind, wrong = seen_kind(row[1]), row[0].label == AnswerKind.HALLUCINATION.value
    if kind == _UNVERIFIED:
        return 0.5
    return float(kind == AnswerKind.HALLUCINATION.value if wrong else kind in _RIGHT)


def _balanced(name: str, rows: Sequence[Row], where: dict[str, str]) -> Measure:
    wrong = [r[0].label == AnswerKind.HALLUCINATION.value for r in rows]
    return balanced(name, _keys(rows), wrong, [_hit(r) for r in rows], where)


def _pairwise(rows: Sequence[Row], where: dict[str, str]) -> Measure:
    """Return how often the better of two replies to one question ranks higher.

    A tie, and a kind that has no rank (``unverified`` among them), counts one half; no analysis is a miss.
    """
    compared: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row[0].pair and row[0].label in _RANK:
            compared[row[0].language.value, row[0].pair].append(row)
    duels: list[tuple[Row, float]] = []
    for replies in compared.values():
        for i, one in enumerate(replies):
            for other in replies[i + 1 :]:
                if _RANK[str(one[0].label)] != _RANK[str(other[0].label)]:
                    better, worse = sorted((one, other), key=lambda r: -_RANK[str(r[0].label)])
                    duels.append((better, _duel(better, worse)))
    return share("evaluate.pairwise", _keys([row for row, _ in duels]), [won for _, won in duels], where)


def _duel(better: Row, worse: Row) -> float:
    if better[1] is None or worse[1] is None:
        return 0.0
    ranks = [_RANK.get(seen_kind(r[1])) for r in (better, worse)]
    if ranks[0] is None or ranks[1] is None or ranks[0] == ranks[1]:
        return 0.5
    return float(ranks[0] > ranks[1])


def _confusion(rows: Sequence[Row]) -> Confusion:
    columns = (*_KINDS, _UNVERIFIED, NO_ANALYSIS)
    counts = dict.fromkeys(((a, b) for a in (*_KINDS, LOOKALIKE) for b in columns), 0)
    for line, analysis in rows:
        if (line.label, seen_kind(analysis)) in counts:
            counts[str(line.label), seen_kind(analysis)] += 1
    labels = tuple(k for k in (*_KINDS, LOOKALIKE) if any(counts[k, c] for c in columns))
    return Confusion(
        name="evaluate",
        rows=labels,
        columns=columns,
        counts=tuple(tuple(counts[k, c] for c in columns) for k in labels),
    )
