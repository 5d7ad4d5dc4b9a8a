"""The interviewer's own words: greeting, leads, closing, feedback as text.

The offline interviewer speaks in them, and the engine falls back on them where a model's message may
not be shown. A lead never asks: the session appends the question.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from coach.domain.decision import Move
from coach.domain.feedback import InterviewFeedback
from coach.domain.tasks import InterviewerTask
from coach.domain.vocabulary import (
    GOOD_QUALITIES,
    AnswerKind,
    Asks,
    EndReason,
    Language,
    Quality,
)
from coach.text.clauses import sentences
from coach.text.stems import stems

_K = AnswerKind
_BACK = {
    _K.OFF_TOPIC: "off_topic",
    _K.GIBBERISH: "gibberish",
    _K.PROMPT_INJECTION: "injection",
    _K.INTRODUCTION: "introduction_again",
}
_FACT_OVERLAP = 1
"""Content stems that a fact must share with a counter-question to answer it."""


@cache
def phrases(language: Language) -> dict[str, Any]:
    """Return the phrases of a language."""
    text = files("coach.text").joinpath(f"data/phrases.{language.value}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def greeting(language: Language, position: str) -> str:
    """Return the first message: who speaks, how it goes, and the wish to be introduced."""
    return str(phrases(language)["greeting"]).format(position=position).strip()


def closing(language: Language, end: EndReason) -> str:
    """Return the last message."""
    return str(phrases(language)["closing"][end.value])


def lead(task: InterviewerTask) -> str:
    """Return what precedes the question: correction, answer, way back. It never asks, but for the profile."""
    parts = [*_corrections(task), *_reaction(task), *_transition(task)]
    return " ".join(part for part in parts if part)


def _one(task: InterviewerTask, key: str) -> str:
    variants = phrases(task.language)[key]
    return str(variants) if isinstance(variants, str) else str(variants[task.turn_id % len(variants)])


def _corrections(task: InterviewerTask) -> list[str]:
    found = []
    for i, error in enumerate(task.corrections):
        wording = _one(task, "correction") if i == 0 else str(phrases(task.language)["correction_more"])
        found.append(wording.format(fact=_sentence(error.correction)))
    return found


def _reaction(task: InterviewerTask) -> list[str]:
    """Return the words on what the reply did, beyond its errors."""
    notes = task.decision.notes
    found = [_one(task, "contradiction")] if "contradiction" in notes else []
    if task.reply_kind is None:
        return [*found, _one(task, "analysis_failed")]
    if task.asks is Asks.SOLUTION:
        found.append(_one(task, "solution"))
    elif task.asks is Asks.CLARIFICATION:
        found.append(answer_to(task))
    closes = bool(task.decision.closed) or task.decision.move is Move.ASK_FOLLOWUP
    if closes and not task.corrections:
        found.append(_on_answer(task))
    elif not closes and task.decision.move is Move.REPEAT_QUESTION and not found:
        key = _BACK.get(task.reply_kind)
        if key:
            found.append(_one(task, key))
    elif task.decision.move is Move.ASK_PROFILE and task.reply_kind in (_K.PROMPT_INJECTION, _K.GIBBERISH):
        found.append(_one(task, _BACK[task.reply_kind]).split(". ")[0].rstrip(".") + ".")
    return found


def _on_answer(task: InterviewerTask) -> str:
    kind, quality = task.reply_kind, task.reply_quality
    if kind is _K.STOP_COMMAND or "repeat_limit" in task.decision.notes:
        return ""
    if kind is _K.DONT_KNOW:
        return _one(task, "dont_know")
    if kind is _K.UNVERIFIED:
        return _one(task, "unverified")
    if task.decision.move is Move.ASK_FOLLOWUP:
        return _one(task, "incomplete")
    if quality is Quality.EXCELLENT:
        return _one(task, "praise")
    if quality in GOOD_QUALITIES:
        return _one(task, "good")
    if quality is Quality.ACCEPTABLE:
        return _one(task, "acceptable")
    return _one(task, "unverified")


def _transition(task: InterviewerTask) -> list[str]:
    """Return the words that lead to what comes now."""
    decision, said = task.decision, phrases(task.language)
    found = [_one(task, note) for note in ("repeat_limit", "level_exhausted") if note in decision.notes]
    if decision.move is Move.ASK_PROFILE:
        which = decision.missing[0] if len(decision.missing) == 1 else "both"
        return [str(said["ask_profile"][which])]
    if decision.move is Move.ASK_NEW_QUESTION and not decision.closed:
        named = task.profile.name
        found.append(_one(task, "begin").format(name=named) if named else _one(task, "begin_unnamed"))
    elif decision.move is Move.ASK_NEW_QUESTION and not found:
        step = decision.difficulty_after.rank - decision.difficulty_before.rank
        found.append(str(said["level_up"]) if step > 0 else str(said["level_down"]) if step < 0 else _one(task, "next"))
    if "outside_stack" in decision.notes:
        found.append(str(said["outside_stack"]))
    return found


def answer_to(task: InterviewerTask) -> str:
    """Return the answer to a counter-question: from the facts, about the interview, or that it isn't known."""
    said = phrases(task.language)
    asked = " ".join(s for s in sentences(task.reply) if "?" in s) or task.reply
    if fact := _best_fact(asked, task.facts):
        return _sentence(fact)
    words = set(stems(asked))
    if words & _ABOUT["repeat"]:
        return str(said["repeat_asked"])
    if words & _ABOUT["interview"]:
        return str(said["answers"]["interview"])
    if words & _ABOUT["interviewer"]:
        return str(said["answers"]["interviewer"])
    topic = task.question_topic
    if topic and (set(stems(task.question_text or "")) & {w for w in words if len(w) > 3}):
        return str(said["answers"]["question"]).format(topic=topic)
    return str(said["answers"]["unknown"])


def _stemmed(text: str) -> frozenset[str]:
    return frozenset(stems(text))


_ABOUT = {
    "repeat": _stemmed("repeat again remind повторите повтори повторить напомните напомни"),
    "interview": _stemmed("interview questions many interview feedback собеседование интервью вопросов обратная"),
    "interviewer": _stemmed("name robot bot ai human created made робот бот ии зовут имя создал"),
}
_COMMON = _stemmed(
    "what how long is the are does do in your you a an of to and would will i it this for on at which who there "
    "какой какая какие какую как что ли у вас вы вам в на и с а есть будет будут мне меня это по кто сколько где "
    "months three три work works работает работать"
)


def _best_fact(asked: str, facts: Sequence[str]) -> str | None:
    wanted = set(stems(asked)) - _COMMON
    scored = [(len(wanted & set(stems(fact))), -i) for i, fact in enumerate(facts)]
    if not scored or max(scored)[0] < _FACT_OVERLAP:
        return None
    return facts[-max(scored)[1]]


def _sentence(text: str) -> str:
    """Return ``text`` as a sentence without question marks or markup of its own."""
    plain = re.sub(r"\s+", " ", text.replace("?", ".").replace("`", "")).strip()
    return plain if plain.endswith((".", "!", "…")) else f"{plain}."


def feedback_text(feedback: InterviewFeedback, language: Language) -> str:
    """Return the feedback as readable plain text, in sections."""
    said = phrases(language)["feedback"]
    verdict, review, soft = feedback.verdict, feedback.technical_review, feedback.soft_skills
    lines = [
        said["title"],
        "",
        f"{said['verdict']}",
        f"  {said['grade']}: {verdict.grade.value}",
        f"  {said['recommendation']}: {said['recommendations'][verdict.recommendation.value]}",
        f"  {said['confidence']}: {verdict.confidence} %",
        "",
        said["skills"],
    ]
    lines += [f"  + {s.topic}: {s.details} ({_turns(s.turn_ids, said)})" for s in review.confirmed_skills] or [
        f"  {said['none']}"
    ]
    lines += ["", said["gaps"]]
    for gap in review.knowledge_gaps:
        lines.append(f"  - {gap.topic}: {gap.details} ({_turns(gap.turn_ids, said)})")
        lines.append(f"    {said['correct']}: {gap.correct_answer}")
    if not review.knowledge_gaps:
        lines.append(f"  {said['none']}")
    lines += ["", said["soft"]]
    for name, note in (("clarity", soft.clarity), ("honesty", soft.honesty), ("engagement", soft.engagement)):
        lines.append(f"  {said[name]}: {note.value.value}. {note.details}")
    lines += ["", said["roadmap"]]
    for item in sorted(feedback.roadmap.items, key=lambda i: i.priority):
        lines.append(f"  {said['priority']} {item.priority}: {item.topic} ({item.reason})")
        if item.resources:
            lines.append(f"    {said['resources']}: {', '.join(item.resources)}")
    if feedback.roadmap.summary:
        lines.append(f"  {feedback.roadmap.summary}")
    lines += ["", said["comments"], f"  {feedback.general_comments}"]
    return "\n".join(lines)


def _turns(turn_ids: Sequence[int], said: dict[str, Any]) -> str:
    return f"{said['turns']} {', '.join(map(str, turn_ids))}"
