"""An interviewer that is a service: each interview is a session of its own over HTTP."""

import os

import aiohttp

from coach.domain.decision import Decision, Move
from coach.domain.subject import Brief, Step
from coach.domain.vocabulary import Difficulty, EndReason
from coach.errors import TransportError

URL = os.environ.get("INTERVIEWER_URL", "http://127.0.0.1:8080")


class HttpInterviewer:
    """Talks to ``POST /sessions`` and ``POST /sessions/<id>/replies``; shows the levels that the service tells."""

    def __init__(self) -> None:
        self.session = ""

    async def start(self, brief: Brief) -> str:
        """Open a session and return its first message."""
        answer = await self._post("/sessions", {"language": brief.language, "scenario": brief.scenario})
        self.session = answer["id"]
        return str(answer["message"])

    async def reply(self, text: str) -> Step:
        """Send one reply and return what comes back."""
        answer = await self._post(f"/sessions/{self.session}/replies", {"text": text})
        level = Difficulty(answer["level"])
        return Step(
            message=answer["message"],
            difficulty=level,
            decision=Decision(move=Move.ASK_NEW_QUESTION, difficulty_before=level, difficulty_after=level),
            ended=EndReason.INTERVIEWER_ENDED if answer["over"] else None,
        )

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, str]:
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.post(URL + path, json=body) as response:
            if response.status >= 500:
                # Not the interviewer's fault in this interview: it runs again on --resume.
                raise TransportError(f"the service answered {response.status}")
            response.raise_for_status()
            found: dict[str, str] = await response.json()
            return found
