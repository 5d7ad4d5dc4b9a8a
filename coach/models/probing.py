"""The first question to an endpoint: the smallest call that shows whether it answers, and how."""

from pydantic import BaseModel

from coach.domain.tasks import JudgeTask
from coach.domain.vocabulary import Language, Role
from coach.models.base import Message, Request, schema_of


class Ready(BaseModel):
    """What a probe is answered."""

    ready: bool


_SCHEMA = schema_of(Ready)


def probe_request() -> Request:
    """Return the request; its answer is not read, only that there is one."""
    return Request(
        role=Role.JUDGE,
        messages=(
            Message(role="system", content="You check a connection. Return JSON only."),
            Message(role="user", content='Return {"ready": true} as JSON.'),
        ),
        json_schema=_SCHEMA,
        schema_name="Ready",
        task=JudgeTask(language=Language.EN, nonce="probe", message="", reply=""),
    )
