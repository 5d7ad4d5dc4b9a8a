"""From pydantic's JSON Schema to the dialect that strict structured outputs take."""

from typing import Any

_DROPPED = frozenset({"title", "default", "minLength", "maxLength", "uniqueItems", "discriminator"})
"""Keywords that strict mode refuses or that mean nothing to it; the answer is validated here anyway."""


def strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return ``schema`` with every property required and no other allowed; a reference stands alone.

    Source: OpenAI's structured outputs guide, "Supported schemas".
    """
    strict: dict[str, Any] = _strict(schema)
    return strict


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            found[key] = {name: _strict(part) for name, part in value.items()}
        elif key in ("const", "enum"):
            found[key] = value
        elif key not in _DROPPED:
            found[key] = _strict(value)
    if found.get("type") == "object" and "properties" in found:
        found["required"] = list(found["properties"])
        found["additionalProperties"] = False
    return found
