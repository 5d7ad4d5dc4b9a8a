"""The prompts of the three agents, and prompt sets: folders that override any of them.

The system part is constant for a role and language, so that an endpoint can cache it; the user part holds
the task. Candidate text stands only between marks that carry the task's nonce.
"""

from pathlib import Path

from coach.domain.tasks import Task
from coach.domain.vocabulary import GRADE_SCALE, Difficulty
from coach.engine.prompts.samples import sample_tasks
from coach.errors import ContentError, nearest
from coach.models.base import Message
from coach.models.templates import Templates

ROLES = ("observer", "interviewer", "evaluator", "question")
"""What the templates are named after: the agents, and the Interviewer's second task, to write a question."""
_HERE = Path(__file__).parent
_CONSTANTS = {
    "grade_scale": {grade.value: shares for grade, shares in GRADE_SCALE.items()},
    "levels": [level.value for level in Difficulty],
}


class PromptSet(Templates):
    """A named set of templates: its own folder's, and the default's where that has none."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        """Take the name and the folder of what differs from the default; None: nothing does."""
        super().__init__((folder, _HERE) if folder else (_HERE,), ROLES, _CONSTANTS)
        self.name = name
        self.folder = folder

    @property
    def overridden(self) -> tuple[str, ...]:
        """Return the names of the templates that differ from the default's."""
        return tuple(n for n in self.names if self.folder and (self.folder / f"{n}.j2").is_file())

    def check(self) -> None:
        """Render every template once. Raises ContentError with the file and what is wrong."""
        if self.folder is None:
            return
        if not self.folder.is_dir():
            raise ContentError("no such folder of prompts", self.folder)
        for file in sorted(self.folder.glob("**/*.j2")):
            name = file.relative_to(self.folder).as_posix().removesuffix(".j2")
            if name not in self.names:
                raise ContentError(f"no agent reads this template.{nearest(name, self.names)}", file)
        if not self.overridden:
            raise ContentError("no template in it; name them like en/observer.system.j2", self.folder)
        for task in sample_tasks():
            self.messages(task)


DEFAULT = PromptSet("default")


def render(task: Task, prompts: PromptSet = DEFAULT) -> tuple[Message, ...]:
    """Return the messages that put ``task`` to a model."""
    return prompts.messages(task)
