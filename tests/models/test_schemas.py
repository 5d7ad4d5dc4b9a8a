"""Schemas for strict structured outputs: the rules of OpenAI's guide, on every schema that is sent."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coach.domain.analysis import ObserverAnalysis
from coach.domain.feedback import InterviewFeedback
from coach.domain.tasks import InterviewerReply, Judgement, Wording
from coach.models.base import schema_of
from coach.models.schemas import strict_schema

ALL = pytest.mark.parametrize("model", [ObserverAnalysis, InterviewerReply, InterviewFeedback, Wording, Judgement])


def nodes(node: Any, *, properties: bool = False) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [n for item in node for n in nodes(item)]
    if not isinstance(node, dict):
        return []
    own = [] if properties else [node]
    return own + [n for key, value in node.items() for n in nodes(value, properties=key in ("properties", "$defs"))]


@ALL
def test_every_object_is_closed_and_every_property_required(model: Any) -> None:
    for node in nodes(strict_schema(schema_of(model))):
        if "$ref" in node:
            assert set(node) == {"$ref"}
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert sorted(node["required"]) == sorted(node["properties"])
        assert not {"default", "title", "oneOf", "allOf", "minLength", "maxLength"} & set(node)


@ALL
def test_the_root_is_an_object_and_the_schema_is_one(model: Any) -> None:
    strict = strict_schema(schema_of(model))
    assert strict["type"] == "object"
    Draft202012Validator.check_schema(strict)


def test_what_fits_the_strict_schema_is_read() -> None:
    analysis = ObserverAnalysis.model_validate({"kind": "normal", "candidate": {"technologies": ["Python"]}})
    data = analysis.model_dump(mode="json")
    Draft202012Validator(strict_schema(schema_of(ObserverAnalysis))).validate(data)
    assert ObserverAnalysis.model_validate(data) == analysis
