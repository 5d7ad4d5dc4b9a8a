"""Questions where no bank has any: blanks that the flow chooses by level, written when their turn comes."""

from coach.content.scenario import GENERATED, Scenario
from coach.domain.question import KeyPoint, Question
from coach.domain.tasks import QuestionTask, WrittenQuestion
from coach.domain.vocabulary import Difficulty, Language
from coach.engine.guards import is_plain, shown_secrets
from coach.errors import MalformedAnswer
from coach.models.calling import Caller
from coach.text.asks import flat
from coach.text.language import in_language

_UNWRITTEN = KeyPoint(id="unwritten", text="", required=True, ask="")
_TRIES = 2


def blanks(scenario: Scenario, language: Language, most: int) -> tuple[Question, ...]:
    """Return ``most`` questions a level without text: what the flow may choose from."""
    return tuple(
        Question(
            id=f"{level.value.lower()}-{number}",
            bank=GENERATED,
            language=language,
            topic="",
            technologies=scenario.stack,
            difficulty=level,
            text="",
            reference="",
            key_points=(_UNWRITTEN,),
        )
        for level in Difficulty
        for number in range(1, most + 1)
    )


async def write(caller: Caller, task: QuestionTask, blank: Question) -> Question | None:
    """Return ``blank`` with a text, a reference and key points; None where two tries brought nothing usable.

    Raises:
        TransportError: the model could not be reached.
    """
    rejected: tuple[str, ...] = ()
    for _ in range(_TRIES):
        now = task.model_copy(update={"rejected": rejected})
        try:
            written = await caller.ask(now, WrittenQuestion, task.turn_id)
        except MalformedAnswer:
            rejected = ("malformed",)
            continue
        rejected = problems(written, task)
        if not rejected:
            return _filled(blank, written)
    return None


def problems(written: WrittenQuestion, task: QuestionTask) -> tuple[str, ...]:
    """Return what keeps a written question from being asked; empty where nothing does."""
    texts = (written.text, *(p.ask for p in written.key_points))
    found = []
    if any(t.count("?") + t.count("？") != 1 for t in texts):
        found.append("one_question")
    if not all(is_plain(t) for t in texts):
        found.append("plain_text")
    if not all(in_language(t, task.language) for t in texts):
        found.append("language")
    if len({flat(t) for t in (*texts, *task.asked)}) < len(texts) + len(set(task.asked)):
        found.append("asked_before")
    if not any(p.required for p in written.key_points):
        found.append("no_required_point")
    return (*found, *shown_secrets(" ".join(texts), task.nonce))


def _filled(blank: Question, written: WrittenQuestion) -> Question:
    points = tuple(
        KeyPoint(id=f"point-{i}", text=p.text, ask=p.ask, required=p.required)
        for i, p in enumerate(written.key_points, start=1)
    )
    return blank.model_copy(
        update={"topic": written.topic, "text": written.text, "reference": written.reference, "key_points": points}
    )
