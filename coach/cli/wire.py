"""What a run's parent and its worker processes say to each other: a JSON object a line, over pipes."""

import asyncio
import json
from typing import Any

LIMIT = 64 * 1024 * 1024
"""Bytes of one line at most: a prompt set's longest text is far below it."""


def encode(kind: str, **fields: Any) -> bytes:
    """Return one message as a line."""
    return json.dumps({"kind": kind, **fields}, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


async def read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """Return the next message, or None where the other side is gone."""
    line = await reader.readline()
    if not line.endswith(b"\n"):
        return None
    message: dict[str, Any] = json.loads(line)
    return message
