"""Makes an analysis agree with itself, by the table of kinds; every change is an override."""

from typing import Any

from coach.domain.analysis import ObserverAnalysis
from coach.domain.decision import Override
from coach.domain.vocabulary import AnswerKind, Answers, Asks, Quality

_SILENT = frozenset(
    {
        AnswerKind.INTRODUCTION,
        AnswerKind.QUESTION,
        AnswerKind.PROMPT_INJECTION,
        AnswerKind.OFF_TOPIC,
        AnswerKind.GIBBERISH,
    }
)
"""Kinds that answer nothing: no quality."""

_QUALITY_OF = {
    AnswerKind.EXCELLENT: Quality.EXCELLENT,
    AnswerKind.NORMAL: Quality.GOOD,
    AnswerKind.INCOMPLETE: Quality.ACCEPTABLE,
}


def consistent(analysis: ObserverAnalysis, has_question: bool) -> tuple[ObserverAnalysis, tuple[Override, ...]]:
    """Return the analysis with its fields in agreement, and what had to be changed."""
    wanted = _wanted(analysis, has_question)
    overrides = tuple(
        Override(
            recommended=f"{name}={getattr(analysis, name)}",
            decided=f"{name}={value}",
            rule=f"a reply of kind {analysis.kind} has {name} {value}",
        )
        for name, value in wanted.items()
        if getattr(analysis, name) != value
    )
    return (analysis.model_copy(update=wanted), overrides) if overrides else (analysis, ())


def _wanted(analysis: ObserverAnalysis, has_question: bool) -> dict[str, Any]:
    """Return the fields that the kind fixes, with the values that they must have."""
    kind = analysis.kind
    if not has_question:
        return {"answers": Answers.NO, "quality": None}
    if kind in _SILENT:
        wanted: dict[str, Any] = {"answers": Answers.NO, "quality": None}
        if kind is AnswerKind.QUESTION and analysis.asks is Asks.NO:
            wanted["asks"] = Asks.CLARIFICATION
        if kind is AnswerKind.PROMPT_INJECTION:
            wanted["injection"] = True
        return wanted
    if kind is AnswerKind.DONT_KNOW:
        return {"answers": Answers.NO, "quality": Quality.POOR}
    if kind is AnswerKind.UNVERIFIED:
        return {"answers": Answers.YES, "quality": None, "factually_correct": None}
    if kind is AnswerKind.HALLUCINATION:
        return _wanted_of_hallucination(analysis)
    if kind in _QUALITY_OF:
        return _wanted_of_answer(analysis)
    # A stop command: an answer before it counts, silence has no quality.
    return {} if analysis.answers is not Answers.NO else {"quality": None}


def _wanted_of_hallucination(analysis: ObserverAnalysis) -> dict[str, Any]:
    if analysis.answers is Answers.NO:
        return {"quality": None, "factually_correct": False}
    quality = analysis.quality if analysis.quality is Quality.ACCEPTABLE else Quality.WRONG
    return {"answers": Answers.YES, "quality": quality, "factually_correct": False}


def _wanted_of_answer(analysis: ObserverAnalysis) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if analysis.quality is None:
        wanted["quality"] = _QUALITY_OF[analysis.kind]
    if analysis.answers is Answers.NO:
        partly = analysis.kind is AnswerKind.INCOMPLETE
        wanted["answers"] = Answers.PARTLY if partly else Answers.YES
    return wanted
