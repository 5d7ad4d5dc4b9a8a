"""What the fake endpoint answers: texts by the digest of the request's messages, registered beforehand."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from coach.content.library import Library
from coach.domain.cell import Cell
from coach.domain.tasks import JudgeTask, QuestionTask, WordingTask
from coach.models.base import Message, Model, Reply, Request
from coach.offline import Knowledge, OfflineModel
from coach.simulation import Cases
from coach.simulation.interview import Attempt, Recorder, conduct


def digest(messages: Iterable[tuple[str, str]]) -> str:
    """The digest of what was asked, less the system part: an endpoint in a weaker mode has the schema there."""
    asked = [[role, text] for role, text in messages if role != "system"]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class Answers:
    """The registered answers; what was never registered gets a text that fits no schema."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.unknown: list[str] = []

    def put(self, messages: Sequence[Message], text: str) -> None:
        self.texts[digest((m.role, m.content) for m in messages)] = text

    def of(self, messages: Sequence[dict[str, Any]]) -> str:
        key = digest((m["role"], m["content"]) for m in messages)
        if key not in self.texts:
            self.unknown.append(messages[-1]["content"][:200])
            return '{"ready": true}'
        return self.texts[key]


def reworded(task: WordingTask) -> str:
    """A wording that keeps every word: what a good simulator comes near to."""
    if not task.say:
        said = {
            "en": "It keeps the value until it is asked for again",
            "ru": "Значение хранится, пока не спросят снова",
        }
        return json.dumps({"reply": f"{said[task.language]} ({task.nonce[:4]})."}, ensure_ascii=False)
    start = {"en": "Well, let me put it like this. ", "ru": "Ну, скажу так. "}[task.language]
    return json.dumps({"reply": start + task.say}, ensure_ascii=False)


def written(task: QuestionTask) -> str:
    """A question such as a model might write, another one each time."""
    number = len(task.asked) + 1
    about = task.technologies[(number - 1) % len(task.technologies)]
    en = task.language == "en"
    text = (
        f"What is the {task.level} thing number {number} about {about}?"
        if en
        else (f"Что нужно знать о {about} на уровне {task.level}, пункт номер {number}?")
    )
    asks = f"Why does number {number} matter?" if en else f"Почему важен пункт номер {number}?"
    more = f"And what else is there to number {number}?" if en else f"А что ещё сказать про пункт номер {number}?"
    points = [
        {"text": "It keeps the value.", "ask": asks, "required": True},
        {"text": "It can be cleared by hand.", "ask": more, "required": False},
    ]
    body = {"topic": about, "text": text, "reference": "It keeps the value.", "key_points": points}
    return json.dumps(body, ensure_ascii=False)


class Registering:
    """Answers as the offline model (and a wording, and a judge) would, and registers each answer."""

    name = "offline"

    def __init__(
        self,
        answers: Answers,
        model: Model,
        change: Callable[[Request, str], str] | None,
        word: Callable[[WordingTask], str],
    ) -> None:
        self._answers = answers
        self._model = model
        self._change = change
        self._word = word

    async def complete(self, request: Request) -> Reply:
        match request.task:
            case WordingTask():
                text = self._word(request.task)
            case JudgeTask():
                text = '{"reason": "", "kind": "normal"}'
            case QuestionTask():
                text = written(request.task)
            case _:
                text = (await self._model.complete(request)).text
        if self._change is not None:
            text = self._change(request, text)
        self._answers.put(request.messages, text)
        return Reply(text)

    async def close(self) -> None:
        pass


def rehearse(
    answers: Answers,
    cells: Sequence[Cell],
    library: Library,
    make: Callable[[Model], Cases] | None = None,
    *,
    seed: int = 7,
    turns: int | None = None,
    change: Callable[[Request, str], str] | None = None,
    word: Callable[[WordingTask], str] = reworded,
    **options: Any,
) -> int:
    """Go through ``cells`` on the offline model and register each answer; return how many calls there were.

    Nonces depend on the cell less its model, so a run on any model asks exactly the same.
    """
    offline = OfflineModel(Knowledge.from_banks(library.banks_of(c.case.scenario for c in cells)))
    model = Registering(answers, offline, change, word)
    cases = make(model) if make else Cases(library, model, seed=seed, turns=turns, **options)
    before = len(answers.texts)

    async def go() -> None:
        for cell in cells:
            attempt = Attempt(cell, cell.key, 1, "rehearsal", "coach", "")
            recorder = Recorder(attempt, lambda _: None, lambda _: "", lambda: datetime(2000, 1, 1, tzinfo=UTC))
            await conduct(*cases.sides(cell, recorder.called), cases.brief(cell), recorder)

    asyncio.run(go())
    return len(answers.texts) - before
