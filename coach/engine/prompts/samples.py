"""Sample tasks that touch every part of the templates: what a prompt set is tried on before a run."""

from collections.abc import Iterator

from coach.domain.analysis import CandidateProfile, FactError
from coach.domain.decision import Decision, Move
from coach.domain.question import KeyPoint, Misconception, Question
from coach.domain.tasks import (
    EarlierTurn,
    EvaluatedTurn,
    EvaluatorTask,
    InterviewerTask,
    ObserverTask,
    QuestionTask,
    Task,
)
from coach.domain.vocabulary import AnswerKind, Asks, Difficulty, Grade, Language, Quality

_NONCE = "0123456789abcdef"


def sample_tasks() -> Iterator[Task]:
    """Yield tasks for each agent and language: with and without each optional part."""
    for language in Language:
        yield from _of(language)


def _of(language: Language) -> Iterator[Task]:
    error = FactError(claim="claim", correction="correction")
    profile = CandidateProfile(
        name="name", position="position", grade=Grade.MIDDLE, experience="three years", technologies=("Python",)
    )
    question = Question(
        id="question",
        bank="bank",
        language=language,
        topic="topic",
        technologies=("Python",),
        difficulty=Difficulty.BASIC,
        text="text",
        reference="reference",
        key_points=(KeyPoint(id="point", text="point", ask="ask", required=True),),
        misconceptions=(Misconception(id="wrong", claim="claim", correction="correction"),),
    )
    earlier = EarlierTurn(turn_id=1, reply="reply", kind=AnswerKind.INTRODUCTION)
    yield ObserverTask(
        language=language, nonce=_NONCE, turn_id=1, stage="introduction", missing=("position",), reply="reply"
    )
    yield ObserverTask(
        language=language,
        nonce=_NONCE,
        turn_id=2,
        stage="questions",
        profile=profile,
        question=question,
        parent_text="parent",
        reply="reply",
        earlier=(earlier,),
    )
    plain = Decision(
        move=Move.ASK_PROFILE,
        missing=("position",),
        difficulty_before=Difficulty.BASIC,
        difficulty_after=Difficulty.BASIC,
    )
    yield InterviewerTask(
        language=language,
        nonce=_NONCE,
        turn_id=1,
        decision=plain,
        reply="reply",
        reply_kind=None,
        position="position",
    )
    yield InterviewerTask(
        language=language,
        nonce=_NONCE,
        turn_id=2,
        decision=plain.model_copy(update={"move": Move.REPEAT_QUESTION, "notes": ("contradiction",)}),
        reply="reply",
        reply_kind=AnswerKind.HALLUCINATION,
        reply_quality=Quality.WRONG,
        profile=profile,
        position="position",
        question_text="text",
        question_topic="topic",
        corrections=(error,),
        asks=Asks.CLARIFICATION,
        facts=("fact",),
    )
    yield QuestionTask(
        language=language,
        nonce=_NONCE,
        turn_id=2,
        position="position",
        technologies=("Python",),
        level=Difficulty.BASIC,
        asked=("text",),
        rejected=("one_question",),
    )
    yield EvaluatorTask(
        language=language,
        nonce=_NONCE,
        position="position",
        required_grade=Grade.MIDDLE,
        profile=profile,
        turns=(
            EvaluatedTurn(
                turn_id=1,
                question_id=None,
                topic=None,
                difficulty=None,
                question="text",
                reply="reply",
                kind=None,
                quality=None,
            ),
            EvaluatedTurn(
                turn_id=2,
                question_id="question",
                topic="topic",
                difficulty=Difficulty.BASIC,
                question="text",
                reply="reply",
                kind=AnswerKind.HALLUCINATION,
                quality=Quality.WRONG,
                closes=("question",),
                errors=(error,),
                hedged=True,
                injection=True,
                contradicts=1,
                correct_answer="reference",
            ),
        ),
        final_difficulty=Difficulty.BASIC,
    )
