"""The session with a model that says what a test wants: commits, faults, guards, grounding."""

import asyncio
import json
from collections.abc import Callable, Iterable

import pytest
from pydantic import BaseModel

from coach.domain.feedback import InterviewFeedback
from coach.domain.subject import Brief, Step
from coach.domain.tasks import EvaluatorTask, InterviewerTask, ObserverTask
from coach.domain.vocabulary import AnswerKind, Blame, EndReason, Language, Rubric
from coach.engine import Caller, CallMade, InterviewSession
from coach.engine.grounding import grounded
from coach.engine.prompts import DEFAULT
from coach.errors import SubjectError, TransportError
from coach.models.base import Reply, Request
from tests.factories import bank, scenario

INTRO = {
    "kind": "introduction",
    "candidate": {"name": "Ann", "position": "smith", "technologies": ["python"]},
}
GOOD = {
    "kind": "normal",
    "quality": "good",
    "answers": "yes",
    "factually_correct": True,
    "next_step": "ASK_NEW_QUESTION",
}
STOP = {"kind": "stop_command"}
WRONG = {
    "kind": "hallucination",
    "quality": "wrong",
    "answers": "yes",
    "factually_correct": False,
    "errors": [{"claim": "it makes gold", "correction": "The gadget makes silver, never gold."}],
    "next_step": "ASK_NEW_QUESTION",
}
FEEDBACK = {
    "verdict": {"grade": "middle", "recommendation": "hire", "confidence": 90},
    "technical_review": {"confirmed_skills": [], "knowledge_gaps": []},
    "soft_skills": {
        "clarity": {"value": "Good", "details": "clear"},
        "honesty": {"value": "High", "details": "honest"},
        "engagement": {"value": "High", "details": "there"},
    },
    "roadmap": {"items": [], "summary": ""},
    "general_comments": "fine",
}


class Scripted:
    """A model whose Observer follows a script; the others say something sound unless told otherwise."""

    name = "scripted"

    def __init__(
        self, observer: Iterable[object], interviewer: Callable[[InterviewerTask], object] | None = None
    ) -> None:
        self.observer = list(observer)
        self.interviewer = interviewer or sound
        self.feedback: object = FEEDBACK
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        task = request.task
        if isinstance(task, ObserverTask):
            answer = self.observer.pop(0)
        elif isinstance(task, InterviewerTask):
            answer = self.interviewer(task)
        else:
            answer = self.feedback
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, BaseModel):
            return Reply(text=answer.model_dump_json(), model="scripted")
        return Reply(text=answer if isinstance(answer, str) else json.dumps(answer), model="scripted")


def sound(task: InterviewerTask) -> dict[str, str]:
    if task.decision.missing:
        return {"lead": "Tell me what you work with, please."}
    return {"lead": " ".join(["Thank you.", *(c.correction for c in task.corrections)])}


def session(model: Scripted, calls: list[CallMade] | None = None, **options: object) -> InterviewSession:
    on_call = calls.append if calls is not None else None
    return InterviewSession(
        scenario(),
        bank(per_level=3),
        Caller(model, render=DEFAULT.messages, on_call=on_call),
        nonce=lambda p: f"nonce-{p}",
        **options,
    )


BRIEF = Brief(scenario="gadget_smith", language=Language.EN, seed=1, max_turns=10)


def talk(the_session: InterviewSession, *replies: str, brief: Brief = BRIEF) -> list[Step]:
    async def run() -> list[Step]:
        first = await the_session.start(brief)
        return [first, *[await the_session.reply(reply) for reply in replies]]

    return asyncio.run(run())


def test_an_interview_from_greeting_to_feedback() -> None:
    calls: list[CallMade] = []
    the_session = session(Scripted([INTRO, GOOD, STOP]), calls)
    steps = talk(the_session, "I am Ann", "it makes silver", "enough")
    assert steps[0].question_id is None
    assert steps[1].message.endswith(steps[1].question_text)
    assert steps[2].question_id != steps[1].question_id
    assert steps[3].ended is EndReason.STOP
    feedback = asyncio.run(the_session.finish())
    assert feedback is not None
    # One answered question: confidence is capped.
    assert feedback.verdict.confidence == 30
    assert [c.request.role for c in calls] == ["observer", "interviewer"] * 2 + ["observer", "evaluator"]
    assert [c.request.number for c in calls] == list(range(1, 7))


def test_a_repeat_contains_the_question_verbatim() -> None:
    steps = talk(session(Scripted([INTRO, {"kind": "off_topic"}, {"kind": "question"}])), "a", "b", "c")
    assert steps[1].question_text
    for step in steps[2:]:
        assert step.message.endswith(steps[1].question_text)
        assert step.question_id == steps[1].question_id


def test_a_transport_failure_changes_nothing_and_can_be_tried_again() -> None:
    model = Scripted([INTRO, TransportError("down"), GOOD])

    async def run() -> tuple[Step, Step]:
        the_session = session(model)
        await the_session.start(BRIEF)
        before = await the_session.reply("I am Ann")
        with pytest.raises(TransportError):
            await the_session.reply("silver")
        return before, await the_session.reply("silver")

    before, after = asyncio.run(run())
    assert after.decision.closed[0].question_id == before.question_id
    assert after.state["turn_id"] == 2


def test_a_failure_after_the_observer_also_rolls_back() -> None:
    answers: list[object] = [sound, TransportError("down"), sound]

    def interviewer(task: InterviewerTask) -> object:
        answer = answers.pop(0)
        return answer(task) if callable(answer) else answer

    model = Scripted([INTRO, GOOD, GOOD], interviewer)

    async def run() -> Step:
        the_session = session(model)
        await the_session.start(BRIEF)
        await the_session.reply("I am Ann")
        with pytest.raises(TransportError):
            await the_session.reply("silver")
        return await the_session.reply("silver")

    assert asyncio.run(run()).state["turn_id"] == 2


def test_a_malformed_analysis_is_repaired_once_and_marked_where_it_stays_so() -> None:
    calls: list[CallMade] = []
    steps = talk(session(Scripted([INTRO, "no json", GOOD]), calls), "a", "b")
    assert steps[2].degraded == ()
    assert [c.outcome for c in calls if c.request.role == "observer"] == ["parsed", "malformed", "repaired"]
    steps = talk(session(Scripted([INTRO, "no", "json", GOOD])), "a", "b", "c")
    assert steps[2].degraded == ("analysis",)
    assert steps[2].analysis is None
    assert steps[2].message.endswith(steps[1].question_text)
    assert steps[3].degraded == ()


def test_two_failed_analyses_running_end_it_and_the_engine_is_to_blame() -> None:
    steps = talk(session(Scripted([INTRO, "no", "json", "no", "json"])), "a", "b", "c")
    assert (steps[3].ended, steps[3].blame) == (EndReason.ANALYSIS_FAILED, Blame.ENGINE)


def test_fenced_json_is_read() -> None:
    steps = talk(session(Scripted([f"Here it is:\n```json\n{json.dumps(INTRO)}\n```"])), "a")
    assert steps[1].analysis.kind is AnswerKind.INTRODUCTION


@pytest.mark.parametrize("bad", ["What about this? And that?", "**Bold**", "nonce-2|interviewer"])
def test_a_message_that_breaks_a_guard_is_worded_again_then_replaced(bad: str) -> None:
    answers: list[object] = [{"lead": "Well."}, {"lead": bad}, {"lead": "Thank you."}]
    steps = talk(session(Scripted([INTRO, GOOD], lambda _: answers.pop(0))), "a", "b")
    assert steps[2].degraded == ()
    assert bad not in steps[2].message
    answers = [{"lead": "Well."}, {"lead": bad}, {"lead": bad}]
    steps = talk(session(Scripted([INTRO, GOOD], lambda _: answers.pop(0))), "a", "b")
    assert steps[2].degraded == ("message",)
    assert bad not in steps[2].message
    assert steps[2].message.endswith(steps[2].question_text)


def test_a_hallucination_is_corrected_even_if_the_interviewer_agrees_with_it() -> None:
    steps = talk(session(Scripted([INTRO, WRONG], lambda t: {"lead": "You are right."})), "a", "it makes gold")
    assert steps[2].degraded == ("message",)
    assert "silver, never gold" in steps[2].message


@pytest.mark.parametrize(
    ("rubric", "reference", "points", "misconceptions"),
    [
        (Rubric.NONE, False, False, False),
        (Rubric.REFERENCE, True, True, False),
        (Rubric.MISCONCEPTIONS, True, True, True),
    ],
)
def test_the_observer_sees_what_the_rubric_allows(
    rubric: Rubric, reference: bool, points: bool, misconceptions: bool
) -> None:
    model = Scripted([INTRO, GOOD])
    talk(session(model, rubric=rubric), "a", "b")
    task = [r.task for r in model.requests if isinstance(r.task, ObserverTask)][1]
    shown = task.question
    assert (bool(shown.reference), bool(shown.key_points), bool(shown.misconceptions)) == (
        reference,
        points,
        misconceptions,
    )


def test_the_profile_is_kept_and_not_asked_for_again() -> None:
    model = Scripted(
        [
            {"kind": "introduction", "candidate": {"position": "smith"}},
            {"kind": "introduction", "candidate": {"technologies": ["python"]}},
        ]
    )
    steps = talk(session(model), "I am a smith", "python")
    assert steps[1].decision.missing == ("technologies",)
    assert steps[2].profile.position == "smith"
    assert steps[2].question_id


def test_it_can_not_go_on_after_the_end_or_before_the_start() -> None:
    the_session = session(Scripted([STOP]))
    with pytest.raises(SubjectError):
        asyncio.run(the_session.reply("hello"))
    talk(the_session, "stop")
    with pytest.raises(SubjectError):
        asyncio.run(the_session.reply("more"))


def test_an_evaluator_that_fails_leaves_a_reason() -> None:
    model = Scripted([INTRO, STOP])
    model.feedback = "nothing"
    the_session = session(model)
    talk(the_session, "a", "b")
    assert asyncio.run(the_session.finish()) is None
    assert "Evaluator" in the_session.no_feedback_reason


def test_feedback_is_made_to_stand_on_the_interview() -> None:
    model = Scripted([INTRO, GOOD, WRONG, {"kind": "dont_know"}, GOOD, STOP])
    the_session = session(model)
    talk(the_session, "a", "silver", "gold", "no idea", "silver", "stop")
    task_turns = the_session._history
    bad = json.loads(json.dumps(FEEDBACK))
    bad["technical_review"] = {
        "confirmed_skills": [
            {"topic": "real", "details": "", "turn_ids": [2, 3, 99], "question_ids": ["nonsense"]},
            {"topic": "invented", "details": "", "turn_ids": [4], "question_ids": []},
        ],
        "knowledge_gaps": [
            {"topic": "no answer", "details": "", "turn_ids": [3], "question_ids": [], "correct_answer": ""},
            {"topic": "unfounded", "details": "", "turn_ids": [2], "question_ids": [], "correct_answer": "x"},
        ],
    }
    fixed, changes = grounded(InterviewFeedback.model_validate(bad), task_turns)
    review = fixed.technical_review
    assert [(s.topic, s.turn_ids) for s in review.confirmed_skills] == [("real", (2,))]
    assert review.confirmed_skills[0].question_ids == (task_turns[1].question_id,)
    assert [g.turn_ids for g in review.knowledge_gaps] == [(3,), (4,)]
    assert all(g.correct_answer for g in review.knowledge_gaps)
    assert changes
    assert grounded(fixed, task_turns) == (fixed, ())


@pytest.mark.parametrize(
    "secret", ["The mark was nonce-evaluator.", "[Observer]: he is weak", "NEXT_STEP=ASK_FOLLOWUP"]
)
def test_feedback_that_shows_internals_is_written_again_then_withheld(secret: str) -> None:
    model = Scripted([INTRO, GOOD, STOP])
    model.feedback = {**FEEDBACK, "general_comments": secret}
    the_session = session(model)
    talk(the_session, "a", "b", "c")
    before = len(model.requests)
    assert asyncio.run(the_session.finish()) is None
    assert "shows internals" in (the_session.no_feedback_reason or "")
    assert len(model.requests) == before + 2
    assert "breaks these rules" in model.requests[-1].messages[-1].content


def test_nothing_answered_confirms_nothing() -> None:
    the_session = session(Scripted([INTRO, STOP]))
    talk(the_session, "a", "stop")
    bad = json.loads(json.dumps(FEEDBACK))
    bad["technical_review"]["confirmed_skills"] = [
        {"topic": "charm", "details": "", "turn_ids": [1], "question_ids": []}
    ]
    fixed, _ = grounded(InterviewFeedback.model_validate(bad), the_session._history)
    assert fixed.technical_review.confirmed_skills == ()
    assert fixed.verdict.confidence <= 30


def test_the_evaluator_is_given_what_happened() -> None:
    model = Scripted([INTRO, WRONG, STOP])
    the_session = session(model)
    talk(the_session, "a", "gold", "stop")
    asyncio.run(the_session.finish())
    task = model.requests[-1].task
    assert isinstance(task, EvaluatorTask)
    assert [t.turn_id for t in task.turns] == [1, 2, 3]
    assert task.turns[1].correct_answer
    assert task.turns[1].closes == (task.turns[1].question_id,)
