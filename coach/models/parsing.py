"""From a model's text to a typed answer: plain JSON, else the object inside fences or prose."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from coach.errors import MalformedAnswer

T = TypeVar("T", bound=BaseModel)


def parse_answer(text: str, answer: type[T]) -> T:
    """Return ``text`` as an ``answer``. Raises MalformedAnswer with what does not fit."""
    body = text.strip()
    if not body.startswith("{"):
        start, end = body.find("{"), body.rfind("}")
        if start < 0 or end < start:
            raise MalformedAnswer(f"no JSON object in the answer: {body[:120]!r}")
        body = body[start : end + 1]
    try:
        return answer.model_validate_json(body)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}"
            for e in error.errors(include_url=False, include_input=False)[:5]
        )
        raise MalformedAnswer(problems) from error
