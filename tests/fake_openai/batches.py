"""What a batch API does: send each line's body, and write what came back as an output file, in an order of its own."""

import http.client
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fake_openai.server import FakeOpenAI


def answer_batch(server: FakeOpenAI, requests: Path, output: Path) -> list[dict[str, Any]]:
    """Answer a batch file over a real socket; return what was written."""
    address = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    answers = []
    for number, line in enumerate(requests.read_bytes().splitlines()):
        asked = json.loads(line)
        assert (asked["method"], asked["url"]) == ("POST", "/v1/chat/completions")
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.key}"}
        connection.request("POST", asked["url"], json.dumps(asked["body"]), headers)
        response = connection.getresponse()
        answers.append(answered(number, asked["custom_id"], json.loads(response.read()), response.status))
    connection.close()
    write_output(output, reversed(answers))
    return answers


def answered(number: int, custom_id: str, body: Any, status: int = 200) -> dict[str, Any]:
    response = {"status_code": status, "request_id": f"req_{number}", "body": body}
    return {"id": f"batch_req_{number}", "custom_id": custom_id, "response": response, "error": None}


def failed(number: int, custom_id: str, code: str) -> dict[str, Any]:
    """What an error file says of a request that never ran."""
    error = {"code": code, "message": "This request could not be executed."}
    return {"id": f"batch_req_{number}", "custom_id": custom_id, "response": None, "error": error}


def write_output(path: Path, answers: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(a) + "\n" for a in answers), "utf-8")
