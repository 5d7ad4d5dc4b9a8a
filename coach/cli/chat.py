"""``coach chat``: a person sits down to the interview, in the terminal or through a pipe."""

import asyncio
import secrets
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli import options
from coach.cli.app import app
from coach.cli.simulate import LanguageChoice, Reach
from coach.errors import BudgetReached, ModelError

if TYPE_CHECKING:
    from rich.console import Console

    from coach.cli.setup import Setup
    from coach.content.library import Library
    from coach.content.scenario import Scenario
    from coach.domain.feedback import InterviewFeedback
    from coach.domain.subject import Step
    from coach.domain.vocabulary import Language
    from coach.models.base import Model, Reply, Request
    from coach.models.wire import Abilities
    from coach.records.run import RunFolder, Writer
    from coach.settings import Settings

_MAX_REPLY = 20_000


@app.command()
def chat(
    scenario: str = typer.Option("python_backend", "--scenario", help="What to be interviewed for."),
    language: LanguageChoice = typer.Option(LanguageChoice.EN, "--language", help="en or ru."),
    model: options.ModelOption = None,
    base_url: options.BaseUrlOption = None,
    prompts: str = typer.Option(None, "--prompts", help="A prompt set: a folder, or default."),
    max_cost: options.MaxCostOption = None,
    max_tokens: options.MaxTokensOption = None,
    cassette: options.CassetteOption = None,
    cassette_mode: options.CassetteModeOption = None,
    prices: options.PricesOption = None,
    max_retries: options.RetriesOption = None,
    timeout: options.TimeoutOption = None,
    transport: options.TransportOption = None,
    temperature: options.TemperatureOption = None,
    max_output_tokens: options.OutputTokensOption = None,
    turns: int = typer.Option(None, "--turns", min=1, max=200, help="At most so many replies."),
    out: Path = typer.Option(None, "--out", help="Where the run goes. Default: runs."),
    log_dir: Path = typer.Option(None, "--log-dir", help="Where both logs go. Default: interview_logs."),
    content: Path = typer.Option(None, "--content", help="A folder with your own scenarios/."),
) -> None:
    """Sit down to the interview yourself; say that you want to stop whenever you like."""
    from coach.cli.common import console, open_library, storage
    from coach.cli.setup import Setup, resolve_prompts
    from coach.domain.vocabulary import Language
    from coach.settings import load_settings

    settings = load_settings()
    library = open_library(settings, content)
    chosen = library.scenarios[scenario]
    reach = Reach(
        model, base_url, transport, 1, max_retries, timeout, prices, cassette, cassette_mode,
        max_cost, max_tokens, temperature, max_output_tokens,
    )  # fmt: skip
    setup = Setup(reach.choice(settings), resolve_prompts((prompts or "default",), library))
    limit = turns or settings.max_turns or chosen.max_turns
    folder, abilities = _new_run(library, chosen, Language(language), setup, out or settings.runs, settings)
    screen = console()
    with storage(folder.path), folder.lock(), folder.writer() as writer:
        talk = Conversation(library, chosen, Language(language), setup, limit, settings.participant_name, abilities)
        asyncio.run(talk.hold(writer, screen, _reader(screen)))
    _finish(folder, log_dir or settings.log_dir, screen)


class Conversation:
    """One interview with a person: the same engine, the same journal."""

    def __init__(
        self,
        library: "Library",
        scenario: "Scenario",
        language: "Language",
        setup: "Setup",
        turns: int,
        participant_name: str,
        abilities: "dict[str, Abilities] | None" = None,
    ) -> None:
        self._library = library
        self._scenario = scenario
        self._language = language
        self._setup = setup
        self._turns = turns
        self._participant_name = participant_name
        self._abilities = abilities

    async def hold(
        self, writer: "Writer", screen: "Console", read: Callable[[], str | None]
    ) -> "InterviewFeedback | None":
        """Talk until the interview ends or the person leaves; return the feedback."""
        from coach.cli.models import open_models

        bank = self._library.bank_of(self._scenario.id)
        opened = open_models(self._setup.choice, [bank], abilities=self._abilities)
        try:
            return await self._hold(opened.model, writer, screen, read)
        finally:
            await opened.model.close()

    async def _hold(
        self, model: "Model", writer: "Writer", screen: "Console", read: Callable[[], str | None]
    ) -> "InterviewFeedback | None":
        from coach.domain.subject import Brief
        from coach.domain.truth import Utterance
        from coach.domain.vocabulary import EndReason
        from coach.engine import Caller, InterviewSession
        from coach.simulation import Attempt, Recorder

        bank = self._library.bank_of(self._scenario.id)
        attempt = Attempt(
            cell=None,
            cell_key="chat",
            number=1,
            interview_id=uuid.uuid4().hex[:12],
            engine="coach",
            participant_name=self._participant_name,
        )
        recorder = Recorder(attempt, writer.journal.append, writer.texts.put, lambda: datetime.now(UTC))
        (prompts,) = self._setup.prompts.values()
        caller = Caller(
            StagedModel(model, screen),
            render=prompts.messages,
            sampling=self._setup.choice.sampling,
            on_call=recorder.called,
            place=f"chat/{self._scenario.id}/{self._language}",
        )
        # With a person the marks must be unguessable, so they do not come from a seed.
        session = InterviewSession(self._scenario, bank, caller, nonce=lambda _: secrets.token_hex(8))
        brief = Brief(
            scenario=self._scenario.id,
            language=self._language,
            seed=secrets.randbits(32),
            max_turns=self._turns,
        )
        recorder.started(brief)
        step = await session.start(brief)
        _show(screen, step)
        turn_id = 0
        reason = EndReason.CANDIDATE_LEFT
        while step.ended is None:
            asked_at = recorder.clock()
            text = read()
            if text is None:
                break
            said_at = recorder.clock()
            try:
                after = await session.reply(text)
            except BudgetReached as error:
                screen.print(f"The interview stops here: {error}", soft_wrap=True)
                break
            except ModelError as error:
                screen.print(f"The model did not answer ({error}). Nothing is lost: say it again.", soft_wrap=True)
                continue
            turn_id += 1
            recorder.turn(turn_id, step, Utterance(text=text), after, (asked_at, said_at))
            step = after
            _show(screen, step)
        try:
            ended = await recorder.ended(session, step, step.ended or reason)
        except ModelError as error:
            # The talk is worth keeping without its feedback.
            session.no_feedback_reason = f"the model did not answer: {error}"
            ended = recorder.ended_without(session, step, step.ended or reason)
        return ended.feedback


_STAGES = {"observer": "reading your reply", "interviewer": "wording the answer", "evaluator": "writing the feedback"}


class StagedModel:
    """A model that shows on a terminal what is being waited for; nothing elsewhere."""

    def __init__(self, model: "Model", screen: "Console") -> None:
        self.name = model.name
        self._model = model
        self._screen = screen

    async def complete(self, request: "Request") -> "Reply":
        """Answer one request while the stage is shown."""
        if not self._screen.is_terminal:
            return await self._model.complete(request)
        with self._screen.status(f"{_STAGES.get(request.role.value, 'thinking')} …"):
            return await self._model.complete(request)

    async def close(self) -> None:
        """Close the model."""
        await self._model.close()


def _new_run(
    library: "Library",
    scenario: "Scenario",
    language: "Language",
    setup: "Setup",
    out: Path,
    settings: "Settings",
) -> "tuple[RunFolder, dict[str, Abilities]]":
    from coach.cli.common import storage
    from coach.cli.manifest import describe
    from coach.cli.runs import first_probe
    from coach.content.scenario import Matrix
    from coach.records.run import RunFolder

    setup.check_questions(library, [scenario.id])
    answers, abilities = first_probe(setup)
    now = datetime.now(UTC)
    matrix = Matrix.model_validate(
        {
            "id": "chat",
            "title": {"en": "Chat", "ru": "Беседа"},
            "personas": ["person"],
            "scenarios": [scenario.id],
            "languages": [str(language)],
        }
    )
    manifest = describe(matrix, (), setup=setup, settings=settings, library=library, now=now, probe=answers)
    with storage(out):
        return RunFolder.create(out, "chat", manifest, now), abilities


def _reader(screen: "Console") -> Callable[[], str | None]:
    """Return what reads one reply; None when there are no more. Blank lines are not replies."""
    from coach.reporting.safe import safe_text

    interactive = sys.stdin.isatty()

    def read() -> str | None:
        while True:
            try:
                if interactive:
                    text = input("\n> ")
                else:
                    line = sys.stdin.readline()
                    if not line:
                        return None
                    text = line
            except (EOFError, KeyboardInterrupt):
                return None
            except UnicodeDecodeError:
                screen.print("That was no UTF-8 text; say it again.")
                continue
            reply = _whole(text).strip()
            if reply:
                if not interactive:
                    screen.print(f"\n> {safe_text(reply)}", soft_wrap=True)
                if len(reply) <= _MAX_REPLY:
                    return reply
                screen.print(f"That is longer than {_MAX_REPLY:,} characters; make it shorter.")

    return read


def _whole(text: str) -> str:
    """Return ``text`` with bytes that are no UTF-8 (kept as lone surrogates by Python) replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _show(screen: "Console", step: "Step") -> None:
    from coach.reporting.safe import safe_text

    screen.print()
    screen.print(safe_text(step.message))


def _finish(folder: "RunFolder", log_dir: Path, screen: "Console") -> None:
    from coach.records.logs import write_logs
    from coach.reporting.safe import safe_text
    from coach.text.messages import feedback_text

    now = datetime.now(UTC)
    folder.finish(now, ended=1)
    for record in folder.records():
        text = feedback_text(record.feedback, record.brief.language) if record.feedback else ""
        screen.print()
        screen.print(safe_text(text) if text else f"No feedback: {record.no_feedback_reason}.")
        log, detailed = write_logs(record, log_dir, datetime.now().astimezone(), text)
        screen.print()
        screen.print(f"Log:       {log}", soft_wrap=True)
        screen.print(f"Detailed:  {detailed}", soft_wrap=True)
        screen.print(f"Next:      coach transcript {folder.path}", soft_wrap=True)
