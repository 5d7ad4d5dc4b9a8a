"""Any interviewer as a subject: a user's own class or service, from ``module:factory`` or an entry point.

The contract. The factory is called without arguments, once an interview. What it returns has ``reply(text)``
and perhaps ``start(brief)`` and ``finish()``, each plain or async (plain ones run in a thread):

- ``start`` returns the first message; without it a short greeting of ours asks for the introduction.
- ``reply`` returns the next message, a ``Step`` that exposes more, or None when the interview is over.
- ``finish`` returns an ``InterviewFeedback``, a dict of that form, or None.
- A ``TransportError``, ``ConnectionError`` or ``TimeoutError`` means that a service could not be reached: the
  interview is given up and runs again on ``--resume``. Any other exception is the interviewer's own fault: the
  interview ends there, blamed on the engine, with the exception in its last thought.
"""

import asyncio
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coach import plugins
from coach.domain.feedback import InterviewFeedback
from coach.domain.subject import Brief, Step, Thought
from coach.domain.vocabulary import Blame, EndReason
from coach.errors import SubjectError, TransportError, UsageError
from coach.text import messages

Factory = Callable[[], Any]


def load_engine(name: str) -> Factory:
    """Return the factory called ``module:attribute``, or by its entry point's name.

    Raises:
        UsageError: there is none, or it can't be imported.
    """
    what = f"--engine {name}"
    if ":" not in name:
        loaded = plugins.load(plugins.ENGINES, name, f"{what} (name a file's as module:factory)")
    else:
        module, _, attribute = name.partition(":")
        # A file beside the matrix is the usual place; an installed module is found anyway.
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        loaded = plugins.imported(what, lambda: _attribute(importlib.import_module(module), attribute))
    if not callable(loaded):
        raise UsageError(f"--engine {name}: it is no factory; give a class or a function that returns an interviewer")
    factory: Factory = loaded
    return factory


def _attribute(module: Any, path: str) -> Any:
    for part in path.split("."):
        module = getattr(module, part)
    return module


class ForeignSubject:
    """A user's interviewer behind the Subject seam."""

    def __init__(self, factory: Factory, position: str) -> None:
        """Take the factory and what the interview is for (for the greeting). Raises SubjectError."""
        try:
            self._inner = factory()
        except Exception as error:  # whatever a user's code raises
            raise SubjectError(f"the interviewer can't be made: {type(error).__name__}: {error}") from error
        if not callable(getattr(self._inner, "reply", None)):
            raise SubjectError(f"{type(self._inner).__name__} has no method reply(text)")
        self._position = position
        self._brief: Brief | None = None
        self._turn = 0
        self._failure: str | None = None
        self.no_feedback_reason: str | None = None
        """Why ``finish`` returned None."""

    async def start(self, brief: Brief) -> Step:
        """Return the first message."""
        self._brief = brief
        own = getattr(self._inner, "start", None)
        if own is None:
            return Step(message=messages.greeting(brief.language, self._position))
        return await self._step(own, brief)

    async def reply(self, text: str) -> Step:
        """Return what is said next; the turn limit is kept here."""
        if self._brief is None:
            raise SubjectError("the interview has not started; call start first")
        self._turn += 1
        step = await self._step(self._inner.reply, text)
        if step.ended is None and self._turn >= self._brief.max_turns:
            return step.model_copy(update={"ended": EndReason.TURN_LIMIT, "blame": Blame.LIMIT})
        return step

    async def finish(self) -> InterviewFeedback | None:
        """Return the feedback where the interviewer writes one."""
        own = getattr(self._inner, "finish", None)
        if own is None or self._failure is not None:
            self.no_feedback_reason = self._failure or "the interviewer writes no feedback"
            return None
        try:
            feedback = await _called(own)
            return feedback if feedback is None else InterviewFeedback.model_validate(feedback)
        except (TransportError, ConnectionError, TimeoutError) as error:
            raise TransportError(f"the interviewer could not be reached: {_one_line(error)}") from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(p) for p in first["loc"])
            self.no_feedback_reason = f"the interviewer's feedback does not fit: {where}: {first['msg']}"
        except Exception as error:  # whatever a user's code raises
            self.no_feedback_reason = f"the interviewer failed: {_one_line(error)}"
        return None

    async def _step(self, method: Callable[..., Any], argument: object) -> Step:
        try:
            said = await _called(method, argument)
        except (TransportError, ConnectionError, TimeoutError) as error:
            raise TransportError(f"the interviewer could not be reached: {_one_line(error)}") from error
        except Exception as error:  # whatever a user's code raises
            self._failure = f"the interviewer failed: {_one_line(error)}"
            return Step(
                message="",
                ended=EndReason.ENGINE_FAILED,
                blame=Blame.ENGINE,
                thoughts=(Thought(sender="coach", recipient="reader", content=traceback.format_exc(limit=-4)),),
            )
        if said is None:
            return Step(message="", ended=EndReason.INTERVIEWER_ENDED)
        if isinstance(said, Step):
            return said.model_copy(update={"message": _writable(said.message)})
        if isinstance(said, str):
            return Step(message=_writable(said))
        self._failure = f"the interviewer returned {type(said).__name__}, not a text, a Step or None"
        return Step(message="", ended=EndReason.ENGINE_FAILED, blame=Blame.ENGINE)


async def _called(method: Callable[..., Any], *arguments: object) -> Any:
    """Return what a method returns, plain or async; a plain one must not keep the other interviews waiting.

    What would end the whole run (an exit, an interrupt or a cancellation that nobody asked for) is a failure like
    any other.
    """
    try:
        if inspect.iscoroutinefunction(method):
            return await method(*arguments)
        found = await asyncio.to_thread(_in_thread, method, *arguments)
        return await found if inspect.isawaitable(found) else found
    except SystemExit as error:
        raise RuntimeError(f"it wanted to exit the program ({error.code})") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise RuntimeError("it raised CancelledError") from error


def _in_thread(method: Callable[..., Any], *arguments: object) -> Any:
    try:
        return method(*arguments)
    except (SystemExit, KeyboardInterrupt) as error:
        # A real interrupt reaches the main thread; this one is the interviewer's own.
        raise RuntimeError(f"it raised {type(error).__name__}") from error


def _writable(text: str) -> str:
    """Return ``text`` with half surrogate pairs, which no file can hold, as question marks."""
    return text.encode("utf-8", "replace").decode()


def _one_line(error: BaseException) -> str:
    text = " ".join(_writable(str(error)).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
