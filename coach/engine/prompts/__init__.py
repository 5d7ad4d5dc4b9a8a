"""The prompts of the three agents as templates; a task is exactly its template's context.

The system part is constant for a role and language, so that an endpoint can cache it; the user part
holds the task. Candidate text stands only between marks that carry the task's nonce.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from coach.domain.tasks import Task
from coach.domain.vocabulary import GRADE_SCALE, Difficulty, Language
from coach.models.base import Message

ROLES = ("observer", "interviewer", "evaluator")
_HERE = Path(__file__).parent
_CONSTANTS = {
    "grade_scale": {grade.value: shares for grade, shares in GRADE_SCALE.items()},
    "levels": [level.value for level in Difficulty],
}


@dataclass(frozen=True)
class PromptSet:
    """A named set of templates in one folder."""

    name: str
    folder: Path

    @cached_property
    def _environment(self) -> Environment:
        # Prompts are plain text, not HTML: nothing is to be escaped; marks keep data apart.
        return Environment(
            loader=FileSystemLoader(self.folder),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )

    @cached_property
    def _templates(self) -> dict[tuple[str, str], tuple[str, Template]]:
        """The rendered system part and the compiled user part, by language and role."""
        found = {}
        for language in Language:
            for role in ROLES:
                system = self._environment.get_template(f"{language.value}/{role}.system.j2")
                user = self._environment.get_template(f"{language.value}/{role}.user.j2")
                found[language.value, role] = (system.render(**_CONSTANTS).strip(), user)
        return found

    def messages(self, task: Task) -> tuple[Message, ...]:
        """Return the messages of a task: the constant system part, then the task."""
        system, user = self._templates[task.language.value, task.role]
        content = user.render(task=task, mark=f"<<candidate {task.nonce}>>", end=f"<<end {task.nonce}>>")
        return (Message(role="system", content=system), Message(role="user", content=content.strip()))

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each template by its name, e.g. ``en/observer.system``."""
        return {
            f"{path.parent.name}/{path.stem}": hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.glob("*/*.j2"))
        }


DEFAULT = PromptSet("default", _HERE)


def render(task: Task, prompts: PromptSet = DEFAULT) -> tuple[Message, ...]:
    """Return the messages that put ``task`` to a model."""
    return prompts.messages(task)
