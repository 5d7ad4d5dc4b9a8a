"""The offline Observer: intents by rules and content by the bank, put together by the table of kinds."""

from dataclasses import dataclass

from coach.domain.analysis import CandidateProfile, FactError, ObserverAnalysis
from coach.domain.tasks import ObserverTask
from coach.domain.vocabulary import AnswerKind, Answers, Asks, NextStep, Quality
from coach.offline.asides import false_aside
from coach.offline.earlier import contradicted_turn
from coach.offline.echo import is_short, without_echo
from coach.offline.intents import Intents, kind_without_content, read_intents, retyped
from coach.offline.knowledge import Knowledge
from coach.offline.lexicon import reasons
from coach.offline.matching import Verdict, judge, sounds_technical
from coach.offline.salad import is_salad

_SAME = NextStep.REPEAT_LAST_QUESTION
_NEW = NextStep.ASK_NEW_QUESTION
_ANSWERS = 0.25
"""Likeness to what is true from which words beside an attack may be an answer."""
_SURELY_FALSE = 0.55
"""Likeness to a misconception from which even a taste or a habit asserts it."""
_MUCH_NEARER = 0.15
"""How much more like a claim about another question a statement must be than like one about this one."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table of kinds: what follows from what a reply does."""

    kind: AnswerKind
    why: str
    quality: Quality | None = None
    answers: Answers = Answers.NO
    correct: bool | None = None
    next_step: NextStep = _SAME


def observe(task: ObserverTask, knowledge: Knowledge) -> ObserverAnalysis:
    """Return the analysis of one reply. Deterministic; nothing but ``task`` and ``knowledge`` is read."""
    task = task.model_copy(update={"reply": retyped(task.reply)})
    question = task.question if task.stage == "questions" else None
    intents = read_intents(task.reply, question.text if question else None, task.stage)
    verdict, aside = _content_of(task, intents, knowledge)
    row = _row(task, intents, verdict, aside, knowledge)
    if intents.stop:
        row = _stopped(row)
    errors = tuple(e for e in (verdict.error, aside) if e is not None)
    contradicts = contradicted_turn(task, intents)
    return ObserverAnalysis(
        kind=row.kind,
        quality=row.quality,
        factually_correct=row.correct,
        errors=errors if row.correct is False else (),
        answers=row.answers,
        hedged=intents.hedged,
        asks=intents.asks,
        injection=intents.injection,
        contradicts=contradicts,
        next_step=row.next_step,
        reason=_reason(task, row, verdict, errors, contradicts),
        topics=(question.topic,) if question and question.topic and row.answers is not Answers.NO else (),
        candidate=intents.profile if intents.introduces or question is None else CandidateProfile(),
    )


def _content_of(task: ObserverTask, intents: Intents, knowledge: Knowledge) -> tuple[Verdict, FactError | None]:
    """Return the verdict on the active question, and a false claim about another one."""
    question = task.question if task.stage == "questions" else None
    substance = without_echo(intents.substance, question.text) if question else intents.substance
    verdict = judge(question, substance, knowledge) if question and substance else Verdict()
    if question and not verdict.decided and _may_be_misread(task.reply, intents):
        # A statement that gives a key point is an answer, whatever its words looked like by themselves.
        said = without_echo(task.reply, question.text)
        whole = judge(question, said, knowledge) if said else Verdict()
        if whole.covered and whole.error is None:
            verdict, substance = whole, said
    if not substance:
        return verdict, None
    active = question.id.partition("#")[0] if question else None
    aside = false_aside(substance, active, task.language, knowledge)
    if aside is None or (verdict.error is not None and aside.like < verdict.like + _MUCH_NEARER):
        return verdict, None
    # The aside itself is no part of the answer.
    rest = substance.replace(aside.error.claim, " ").strip()
    return judge(question, rest, knowledge) if question and rest else Verdict(), aside.error


def _may_be_misread(reply: str, intents: Intents) -> bool:
    aside = intents.asks is not Asks.NO or intents.gibberish or intents.off_topic > 0.0
    return aside and not (intents.injection or intents.stop or intents.dont_know or "?" in reply)


def _row(task: ObserverTask, intents: Intents, verdict: Verdict, aside: FactError | None, knowledge: Knowledge) -> _Row:
    """Return the first row that fits, by the rank of a mixed reply (a stop apart)."""
    if verdict.error is not None and not _is_taste(verdict, verdict.error, intents):
        return _false(intents, verdict)
    if verdict.covered:
        return _content(task, intents, verdict, aside)
    if aside is not None:
        return _Row(AnswerKind.HALLUCINATION, "false_aside", correct=False)
    if task.question is None or task.stage == "introduction":
        return _introduction(task, intents)
    kind = _silent(intents)
    talk = (None, AnswerKind.OFF_TOPIC, AnswerKind.INTRODUCTION)
    technical = verdict.on_question or sounds_technical(intents.substance, task.language, knowledge)
    if intents.opinion and intents.substance and kind in talk and technical:
        return _Row(AnswerKind.NORMAL, "opinion", Quality.ACCEPTABLE, Answers.YES, None, _NEW)
    if kind is AnswerKind.DONT_KNOW:
        return _Row(kind, "dont_know", Quality.POOR, next_step=_NEW)
    if kind is AnswerKind.QUESTION:
        return _Row(kind, "solution" if intents.asks is Asks.SOLUTION else "question")
    if kind is None and intents.injection and verdict.nearest < _ANSWERS:
        kind = AnswerKind.PROMPT_INJECTION  # what is left of it is no answer to this question
    if kind is not None:
        return _Row(kind, str(kind))
    return _unanswered(task, intents, technical, knowledge)


def _is_taste(verdict: Verdict, error: FactError, intents: Intents) -> bool:
    """Return whether what seems false is no more than the speaker's taste, in the same sentence."""
    claim = verdict.claim or error.claim.rstrip("…")
    return verdict.like < _SURELY_FALSE and any(claim in taste or taste in claim for taste in intents.tastes)


def _unanswered(task: ObserverTask, intents: Intents, technical: bool, knowledge: Knowledge) -> _Row:
    """Return the row of a reply with nothing to verify: the question said back, word salad, technical or other talk."""
    if task.question is not None and intents.substance:
        rest = without_echo(intents.substance, task.question.text)
        if rest != intents.substance and (is_short(rest) or not sounds_technical(rest, task.language, knowledge)):
            return _Row(AnswerKind.OFF_TOPIC, "echo")
    if is_salad(task.reply, task.language, knowledge):
        return _Row(AnswerKind.GIBBERISH, "gibberish")
    if technical:
        return _Row(AnswerKind.UNVERIFIED, "unverified", None, Answers.YES, None, _NEW)
    return _Row(AnswerKind.OFF_TOPIC, "off_topic")


def _silent(intents: Intents) -> AnswerKind | None:
    """Return the kind that the intents alone make, a stop apart; None where there is an answer to verify."""
    kind = kind_without_content(intents)
    if kind is not AnswerKind.STOP_COMMAND:
        return kind
    # What precedes a stop is judged as if the stop had not been said.
    if intents.dont_know:
        return AnswerKind.DONT_KNOW
    return None if intents.substance else AnswerKind.OFF_TOPIC


def _false(intents: Intents, verdict: Verdict) -> _Row:
    if intents.hedged:
        return _Row(AnswerKind.INCOMPLETE, "false_but_hedged", Quality.WRONG, Answers.YES, False, _NEW)
    quality = Quality.ACCEPTABLE if verdict.beside_answer else Quality.WRONG
    return _Row(AnswerKind.HALLUCINATION, "false_claim", quality, Answers.YES, False, _NEW)


def _content(task: ObserverTask, intents: Intents, verdict: Verdict, aside: FactError | None) -> _Row:
    if aside is not None:
        return _Row(AnswerKind.HALLUCINATION, "false_aside", Quality.ACCEPTABLE, Answers.YES, False, _NEW)
    if not verdict.complete:
        follow_up = task.question is not None and task.question.parent_id is not None
        step = _NEW if follow_up else NextStep.ASK_FOLLOWUP
        return _Row(AnswerKind.INCOMPLETE, "incomplete", Quality.ACCEPTABLE, Answers.PARTLY, True, step)
    if verdict.beyond and not intents.hedged:
        return _Row(AnswerKind.EXCELLENT, "excellent", Quality.EXCELLENT, Answers.YES, True, _NEW)
    return _Row(AnswerKind.NORMAL, "normal", Quality.GOOD, Answers.YES, True, _NEW)


def _introduction(task: ObserverTask, intents: Intents) -> _Row:
    kind = kind_without_content(intents, introduction=True)
    known = task.profile.merged(intents.profile)
    missing = not known.position or not known.technologies
    step = _SAME if missing else _NEW
    if kind is None or (kind is AnswerKind.OFF_TOPIC and intents.profile != CandidateProfile()):
        said_anything = intents.profile != CandidateProfile()
        kind = AnswerKind.INTRODUCTION if said_anything else AnswerKind.OFF_TOPIC
    if kind is AnswerKind.DONT_KNOW:
        return _Row(kind, "dont_know", Quality.POOR, next_step=step)
    return _Row(kind, "stop" if kind is AnswerKind.STOP_COMMAND else str(kind), next_step=step)


def _stopped(row: _Row) -> _Row:
    """Return the row of a stop: an answer before it still counts, silence has no quality."""
    answered = row.answers is not Answers.NO
    quality = row.quality if answered else None
    return _Row(AnswerKind.STOP_COMMAND, "stop", quality, row.answers, row.correct)


def _reason(
    task: ObserverTask, row: _Row, verdict: Verdict, errors: tuple[FactError, ...], contradicts: int | None
) -> str:
    given = verdict.covered & verdict.required
    reason = reasons()[row.why][task.language].format(
        claim=errors[0].claim if errors else "",
        given=len(given),
        wanted=len(verdict.required),
        missing=", ".join(sorted(verdict.required - given)),
    )
    if contradicts is not None:
        reason += "; " + reasons()["contradicts"][task.language].format(turn=contradicts)
    return reason
