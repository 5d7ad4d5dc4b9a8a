"""The embedded model: answers every task by rules and the bank, at once, for nothing, always the same."""

from coach.domain.tasks import EvaluatorTask, InterviewerTask, ObserverTask
from coach.errors import ModelError
from coach.models.base import Reply, Request, Usage
from coach.models.tokens import estimate_messages, estimate_tokens
from coach.offline.evaluator import evaluate
from coach.offline.interviewer import word
from coach.offline.knowledge import Knowledge
from coach.offline.observer import observe


class OfflineModel:
    """A Model that reads the typed task, not the prompt; its token counts are estimates of that prompt."""

    name = "offline"

    def __init__(self, knowledge: Knowledge) -> None:
        """Take what it may read of the banks."""
        self._knowledge = knowledge

    async def complete(self, request: Request) -> Reply:
        """Answer one request; deterministic, and it costs nothing."""
        task = request.task
        match task:
            case ObserverTask():
                text = observe(task, self._knowledge).model_dump_json()
            case InterviewerTask():
                text = word(task).model_dump_json()
            case EvaluatorTask():
                text = evaluate(task).model_dump_json()
            case _:
                raise ModelError(f"the embedded model does not speak for the {request.role}; name another model")
        usage = Usage(
            input=estimate_messages(request.messages),
            cached=0,
            output=estimate_tokens(text),
            reasoning=0,
            estimated=True,
        )
        return Reply(text=text, usage=usage, cost=0.0, cost_source="offline", model=self.name)

    async def close(self) -> None:
        """Nothing is open."""
