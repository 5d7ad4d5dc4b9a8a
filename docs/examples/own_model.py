"""A model of one's own: an Observer that takes every reply for a good answer. What beats it is worth something."""

from coach.domain.analysis import ObserverAnalysis
from coach.domain.tasks import ObserverTask
from coach.domain.vocabulary import AnswerKind, Answers, NextStep, Quality
from coach.models.base import Reply, Request
from coach.offline import Knowledge, OfflineModel

GOOD = ObserverAnalysis(
    kind=AnswerKind.NORMAL,
    quality=Quality.GOOD,
    factually_correct=True,
    answers=Answers.YES,
    next_step=NextStep.ASK_NEW_QUESTION,
    reason="whatever is said is fine",
)


class Agreeable:
    """Agrees with everything; interviews and evaluates as the embedded model does."""

    name = "agreeable"

    def __init__(self) -> None:
        self._others = OfflineModel(Knowledge.from_banks([]))

    async def complete(self, request: Request) -> Reply:
        """Answer one request: JSON of ``request.json_schema``."""
        if isinstance(request.task, ObserverTask):
            return Reply(text=GOOD.model_dump_json(), cost=0.0, model=self.name)
        return await self._others.complete(request)

    async def close(self) -> None:
        """Nothing is open."""
