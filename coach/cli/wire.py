"""What a run's parent and its worker processes say to each other: a JSON object a line, over pipes.

A journal event is the one exception: a small JSON object for the parent, a tab, and the event as it goes into
the journal, so that the parent need not take it apart.
"""

import asyncio
import json
from typing import Any

LIMIT = 64 * 1024 * 1024
"""Bytes of one line at most: a prompt set's longest text is far below it."""


def encode(kind: str, **fields: Any) -> bytes:
    """Return one message as a line."""
    return json.dumps({"kind": kind, **fields}, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def encode_event(line: bytes, **head: Any) -> bytes:
    """Return a journal event, whose JSON is ``line``, as a message."""
    return encode("event", **head)[:-1] + b"\t" + line + b"\n"


async def read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """Return the next message, or None where the other side is gone."""
    line = await reader.readline()
    if not line.endswith(b"\n"):
        return None
    head, _, raw = line.partition(b"\t")
    message: dict[str, Any] = json.loads(head)
    if raw:
        message["raw"] = raw[:-1]
    return message
