"""Requests for the tests of models."""

from coach.domain.tasks import InterviewerReply, JudgeTask
from coach.domain.vocabulary import Language, Role
from coach.models.base import Message, Request, Sampling, schema_of

SCHEMA = schema_of(InterviewerReply)


def request(
    user: str = "Say it.", *, nonce: str = "n0nce", sampling: Sampling | None = None, **more: object
) -> Request:
    return Request(
        role=more.pop("role", Role.INTERVIEWER),
        messages=(Message("system", "You are terse. Привет 😀"), Message("user", user)),
        json_schema=SCHEMA,
        schema_name="InterviewerReply",
        task=JudgeTask(language=Language.EN, nonce=nonce, message="", reply=""),
        sampling=sampling or Sampling(),
        **more,
    )
