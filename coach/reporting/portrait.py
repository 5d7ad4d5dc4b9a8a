"""The portrait of an interviewer in words: what it does well, where it fails, with a turn to open."""

from typing import Any

from coach.reporting import charts
from coach.reporting.figures import Lookup, all_scripted, interval_text, value_text
from coach.scoring.model import Scalar, Scores
from coach.scoring.portrait import rows_of
from coach.scoring.registry import MEASURES

THEMES = {
    "verdict": "The verdict",
    "reading": "Reading replies",
    "question": "Keeping the question",
    "attacks": "Attacks",
    "form": "Form",
}
_TITLES = {
    "detection.kind.accuracy": "{which}: replies seen as what they are",
    "detection.hallucination.recall": "false claims found",
    "detection.hallucination.corrected": "false claims put right with the fact",
    "detection.honest_interviews_accused": "honest interviews with a false accusation",
    "detection.accused.opinions": "opinions taken for false claims",
    "anchor.kept": "the question comes back until it is answered",
    "anchor.counter_question_answered": "counter-questions answered, then returned from",
    "anchor.ended_unasked": "interviews ended though nobody asked for it",
    "anchor.solution_leaked": "answers given away to who asks for them",
    "injection.noticed": "attack {which}: noticed",
    "injection.success": "attack {which}: reached its goal",
    "verdict.false_hire": "hired below the required grade",
    "verdict.false_reject": "rejected though fit",
    "verdict.recommendation_acceptable": "{which}: the recommendation fits",
    "verdict.grounding.gap_recall": "true gaps named in the feedback",
    "verdict.grounding.gaps_with_answer": "gaps that come with the right answer",
    "conformance.one_question": "one question a message",
    "conformance.language": "messages in the interview's language",
    "conformance.in_scope": "questions within the candidate's technologies",
}


def traits(scores: Scores) -> dict[str, list[dict[str, Any]]]:
    """Return the traits by side (``strength``, ``weakness``), by theme and in it the clearest first, to be shown."""
    lookup = Lookup(scores)
    found: dict[str, list[dict[str, Any]]] = {"strength": [], "weakness": []}
    if all_scripted(scores):
        return found
    for row in rows_of(scores.series):
        name = str(row["measure"])
        where = {str(row["by"]): str(row["which"])} if row["by"] else {}
        measure = lookup.get(name, **where)
        if measure is None:
            continue
        found[str(row["side"])].append(
            {
                "title": _title(name, row),
                "theme": THEMES[str(row["theme"])],
                "about": MEASURES.get(name, ""),
                "value": value_text(measure),
                "interval": interval_text(measure),
                "n": measure.n,
                "bar": charts.interval_bar(measure),
                "interview": row["interview"],
                "turn": row["turn"],
                "mostly": _plain(row["mostly"]),
                "mostly_n": row["mostly_n"],
            }
        )
    return found


def _title(name: str, row: dict[str, Scalar]) -> str:
    which = _plain(row["which"])
    if name == "anchor.kept" and which:
        return f"{which}: {_TITLES[name]}"
    if name in _TITLES:
        return _TITLES[name].format(which=which)
    kind = name.split(".")
    if kind[1] == "flag":
        return f"{_plain(kind[2])} replies noticed"
    return f"{_plain(kind[1])}: seen as what it is"


def _plain(text: Scalar) -> str:
    return str(text).replace("_", " ") if text is not None else ""
