"""Prompts as templates in folders: a constant system part, then the task; the first folder that has a file wins."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError

from coach.domain.tasks import Task
from coach.domain.vocabulary import Language
from coach.errors import ContentError
from coach.models.base import Message

PARTS = ("system", "user")


class Templates:
    """The templates ``<language>/<role>.<part>.j2`` of some roles, in folders of falling precedence."""

    def __init__(
        self,
        folders: Sequence[Path],
        roles: Sequence[str],
        constants: Mapping[str, Any] | None = None,
        *,
        mark: str = "candidate",
    ) -> None:
        """Take the folders, the roles that they speak to, what the system parts may name, and what marks are called."""
        self._folders = tuple(folders)
        self._roles = tuple(roles)
        self._constants = dict(constants or {})
        self._mark = mark

    @property
    def names(self) -> tuple[str, ...]:
        """Return every template's name, e.g. ``en/observer.system``."""
        return tuple(f"{lang.value}/{role}.{part}" for lang in Language for role in self._roles for part in PARTS)

    def path(self, name: str) -> Path:
        """Return the file of a template. Raises ContentError where no folder has it."""
        for folder in self._folders:
            file = folder / f"{name}.j2"
            if file.is_file():
                return file
        raise ContentError(f"no template '{name}'", self._folders[0])

    @cached_property
    def _environment(self) -> Environment:
        # Prompts are plain text, not HTML: nothing is to be escaped; marks keep data apart.
        return Environment(
            loader=FileSystemLoader(self._folders),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )

    @cached_property
    def _compiled(self) -> dict[tuple[str, str], tuple[Message, Template]]:
        """The rendered system part and the compiled user part, by language and role."""
        found = {}
        for language in Language:
            for role in self._roles:
                system = self._template(f"{language.value}/{role}.system").render(**self._constants).strip()
                user = self._template(f"{language.value}/{role}.user")
                found[language.value, role] = (Message(role="system", content=system), user)
        return found

    def _template(self, name: str) -> Template:
        try:
            return self._environment.get_template(f"{name}.j2")
        except TemplateSyntaxError as error:
            raise ContentError(f"{error.message}", self.path(name), error.lineno) from error
        except UnicodeDecodeError as error:
            raise ContentError("not UTF-8; save it as UTF-8", self.path(name)) from error

    def messages(self, task: Task) -> tuple[Message, ...]:
        """Return the messages of a task: the constant system part, then the task.

        Raises:
            ContentError: a template can't be read, or names what the task does not have.
        """
        try:
            system, user = self._compiled[task.language.value, getattr(task, "template", task.role)]
            content = user.render(task=task, mark=f"<<{self._mark} {task.nonce}>>", end=f"<<end {task.nonce}>>")
        except TemplateError as error:
            raise ContentError(f"{error.message}", self._folders[0]) from error
        return (system, Message(role="user", content=content.strip()))

    def sources(self) -> dict[str, str]:
        """Return the text of each template by its name."""
        return {name: self.path(name).read_bytes().decode("utf-8") for name in self.names}

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each template by its name, e.g. ``en/observer.system``."""
        return {name: hashlib.sha256(self.path(name).read_bytes()).hexdigest() for name in self.names}
