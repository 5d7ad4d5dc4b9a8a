"""``coach simulate``: run simulated candidates against the interviewer, score, report."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coach.cli import options
from coach.cli.app import app
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.cli.setup import Setup
    from coach.content.library import Library
    from coach.content.scenario import Matrix
    from coach.content.script import Script
    from coach.settings import Settings


class LanguageChoice(StrEnum):
    """The languages of ``--language``."""

    EN = "en"
    RU = "ru"


class SplitChoice(StrEnum):
    """The wordings of ``--split``."""

    KNOWN = "known"
    HELD_OUT = "held_out"
    BOTH = "both"


class WordsChoice(StrEnum):
    """Whose words the candidates of ``--candidate`` speak in."""

    SCRIPTED = "scripted"
    LLM = "llm"


@app.command()
def simulate(
    persona: list[str] = typer.Option([], "--persona", help="Only this persona (repeatable)."),
    scenario: list[str] = typer.Option([], "--scenario", help="Only this scenario (repeatable)."),
    language: list[LanguageChoice] = typer.Option([], "--language", help="Only this language (repeatable)."),
    script: list[str] = typer.Option([], "--script", help="Only this acceptance script (repeatable)."),
    attack: list[str] = typer.Option([], "--attack", help="Every persona delivers it: a family, or family/payload."),
    matrix: str = typer.Option(None, "--matrix", help="A matrix by name, or a YAML file. Default: smoke."),
    variants: int = typer.Option(None, "--variants", min=1, max=1000, help="Differently drawn candidates."),
    split: SplitChoice = typer.Option(None, "--split", help="Say only what the offline model knows, or never saw."),
    epochs: int = typer.Option(None, "--epochs", min=1, max=100, help="How often the same case is asked."),
    turns: int = typer.Option(None, "--turns", min=1, max=200, help="At most so many replies an interview."),
    twins: bool = typer.Option(None, "--twins/--no-twins", help="Also run control, oracle and metamorphic twins."),
    seed: int = typer.Option(None, "--seed", help="The run's seed; the same seed gives the same candidates."),
    model: options.ModelOption = None,
    base_url: options.BaseUrlOption = None,
    prompts: list[str] = typer.Option([], "--prompts", help="A prompt set: a folder, or default (repeatable)."),
    candidate: WordsChoice = typer.Option(None, "--candidate", help="scripted (default), or in a model's words (llm)."),
    engine: str = typer.Option(None, "--engine", help="Your own interviewer: module:factory, or an entry point."),
    judge: int = typer.Option(None, "--judge", min=1, help="Have the judge's model label so many replies blind."),
    max_cost: options.MaxCostOption = None,
    max_tokens: options.MaxTokensOption = None,
    cassette: options.CassetteOption = None,
    cassette_mode: options.CassetteModeOption = None,
    prices: options.PricesOption = None,
    max_connections: options.ConnectionsOption = None,
    max_retries: options.RetriesOption = None,
    timeout: options.TimeoutOption = None,
    transport: options.TransportOption = None,
    temperature: options.TemperatureOption = None,
    max_output_tokens: options.OutputTokensOption = None,
    jobs: int = typer.Option(1, "--jobs", min=1, max=64, help="Worker processes."),
    out: Path = typer.Option(None, "--out", help="Where runs go. Default: runs."),
    resume: str = typer.Option(None, "--resume", help="Go on with a run: exactly its missing cells."),
    export_logs: bool = typer.Option(False, "--export-logs", help="Also write both logs of each interview."),
    content: Path = typer.Option(None, "--content", help="A folder with your own personas/, scenarios/, prompts/."),
    json_: bool = typer.Option(False, "--json", help="Print one JSON object on stdout and nothing else."),
) -> None:
    """Run simulated candidates against the interviewer, score them, write a report."""
    from coach.cli.common import open_library
    from coach.cli.runs import RunPlan, execute, plan_of
    from coach.settings import load_settings

    settings = load_settings()
    reach = Reach(
        model, base_url, transport, max_connections, max_retries, timeout, prices, cassette, cassette_mode,
        max_cost, max_tokens, temperature, max_output_tokens,
    )  # fmt: skip
    if resume is not None:
        given = [
            persona,
            scenario,
            language,
            script,
            attack,
            matrix,
            model,
            prompts,
            candidate,
            engine,
            judge,
            variants,
            split,
            epochs,
            turns,
            twins,
        ]
        if any(x not in (None, []) for x in [*given, seed, temperature, max_output_tokens]):
            raise UsageError("--resume goes on with the run's own matrix and models; leave the other choices out")
        choice = reach.again(settings, resume, out or settings.runs)
        plan: RunPlan = plan_of(resume, out or settings.runs, settings, content, given=choice, jobs=jobs)
    else:
        library = open_library(settings, content)
        chosen = narrowed(
            find_matrix(matrix, library),
            library,
            personas=persona,
            scenarios=scenario,
            languages=[str(x) for x in language],
            scripts=script,
            attacks=attack,
            variants=variants,
            split=split,
            epochs=epochs,
            turns=turns,
            twins=twins,
            seed=seed,
        )
        setup = set_up(
            chosen,
            library,
            reach.choice(settings),
            prompts=prompts,
            candidate=candidate,
            engine=engine,
            judge=judge,
            beside=matrix_folder(matrix),
        )
        plan = RunPlan.new(chosen, library, settings=settings, setup=setup, out=out or settings.runs, jobs=jobs)
    raise typer.Exit(execute(plan, export_logs=export_logs, as_json=json_))


@dataclass(frozen=True, slots=True)
class Reach:
    """The command line's word on how models are reached and limited."""

    model: list[str] | None
    base_url: str | None
    transport: options.TransportChoice | None
    max_connections: int | None
    max_retries: int | None
    timeout: float | None
    prices: Path | None
    cassette: Path | None
    cassette_mode: options.CassetteChoice | None
    max_cost: float | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    max_output_tokens: int | None = None

    def choice(self, settings: "Settings") -> options.ModelChoice:
        """Return the choice of a new run."""
        return options.choose(settings, **asdict(self))

    def again(self, settings: "Settings", run: str, out: Path) -> options.ModelChoice:
        """Return the choice of a run that goes on: its own models, reached as is said now, else as before."""
        from coach.cli.common import open_run

        saved = open_run(run, out).manifest.settings
        models = [n if r == "default" else f"{r}={n}" for r, n in saved.get("models", {"default": "offline"}).items()]
        known = settings.endpoint(None)[0]
        before = saved.get("base_url")
        same = known is not None and before is not None and known.rstrip("/") == before.rstrip("/")
        mode = self.cassette_mode or (saved.get("cassette_mode") and options.CassetteChoice(saved["cassette_mode"]))
        merged = replace(
            self,
            model=models,
            base_url=self.base_url or (None if same else before),
            transport=self.transport or (saved.get("transport") and options.TransportChoice(saved["transport"])),
            prices=self.prices or _path(saved.get("prices")),
            cassette=self.cassette or _path(saved.get("cassette")),
            cassette_mode=mode if self.cassette or saved.get("cassette") else None,
            max_cost=self.max_cost if self.max_cost is not None else saved.get("max_cost"),
            max_tokens=self.max_tokens if self.max_tokens is not None else saved.get("max_tokens"),
            temperature=saved.get("temperature"),
            max_output_tokens=saved.get("max_output_tokens"),
        )
        return merged.choice(settings)


def _path(saved: str | None) -> Path | None:
    return Path(saved) if saved else None


def set_up(
    matrix: "Matrix",
    library: "Library",
    choice: options.ModelChoice,
    *,
    prompts: list[str],
    candidate: WordsChoice | None,
    engine: str | None,
    judge: int | None,
    beside: Path | None,
) -> "Setup":
    """Return what a run's cases are built with. Raises UsageError or ContentError."""
    from coach.cli.setup import Setup, resolve_prompts

    return Setup(
        choice=choice,
        prompts=resolve_prompts(tuple(prompts) or matrix.prompts, library, None if prompts else beside),
        words="llm" if candidate is WordsChoice.LLM else "scripted",
        engine=engine,
        judge=judge or 0,
    )


def matrix_folder(name: str | None) -> Path | None:
    """Return the folder of a matrix that is given as a file."""
    return Path(name).resolve().parent if name and Path(name).suffix in (".yaml", ".yml") else None


def find_matrix(name: str | None, library: "Library") -> "Matrix":
    """Return a matrix by file or name; the default is ``smoke``."""
    from coach.content import yaml_files
    from coach.content.scenario import Matrix

    if name is None:
        return library.matrices["smoke"]
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return yaml_files.load(path, Matrix)
    return library.matrices[name]


def narrowed(
    matrix: "Matrix",
    library: "Library",
    *,
    personas: list[str],
    scenarios: list[str],
    languages: list[str],
    scripts: list[str],
    attacks: list[str],
    variants: int | None,
    split: SplitChoice | None = None,
    epochs: int | None,
    turns: int | None,
    twins: bool | None = None,
    seed: int | None,
) -> "Matrix":
    """Return ``matrix`` with the command line's choices, every name checked before anything runs."""
    from coach.content.scenario import Matrix

    if scripts or (matrix.scripts and not matrix.personas):
        matrix = _of_scripts(matrix, library, scripts, personas, scenarios)
        if attacks:
            raise UsageError("--attack: a script fixes every act; give its turns a payload instead")
        personas, scenarios = [], []
    changes = {
        "personas": tuple(personas) or None,
        "scenarios": tuple(scenarios) or None,
        "languages": tuple(languages) or None,
        "attacks": tuple(attacks) or None,
        "variants": variants,
        "epochs": epochs,
        "turns": turns,
        "seed": seed,
    }
    data = matrix.model_dump() | {k: v for k, v in changes.items() if v is not None}
    if twins is not None:
        data["twins"] = (matrix.twins or 1.0) if twins else 0.0
    if split is not None:
        data["split"] = None if split is SplitChoice.BOTH else split.value
    return check_names(Matrix.model_validate(data), library)


def check_names(chosen: "Matrix", library: "Library") -> "Matrix":
    """Return a matrix all of whose names lead somewhere. Raises UsageError naming the nearest."""
    for name in library.personas if chosen.personas == "all" else chosen.personas:
        for attack in library.personas[name].attacks:
            library.attacks[attack]
    for name in () if chosen.attacks == "all" else chosen.attacks:
        library.payload(name)
    fixed = [library.scripts[s] for s in (library.scripts if chosen.scripts == "all" else chosen.scripts)]
    for script in fixed:
        _check_script(script, library)
    for name in (*chosen.scenarios, *(s.scenario for s in fixed)):
        library.bank_of(name)
    return chosen


def _check_script(script: "Script", library: "Library") -> None:
    """Raise UsageError where a script names what there is not, or an attack that can't be delivered."""
    from coach.content.checks import undeliverable

    library.personas[script.persona]
    for payload in (t.payload for t in script.turns if t.payload):
        library.payload(payload)
    if problem := undeliverable(script, library):
        raise UsageError(f"script '{script.id}': {problem}")


def _of_scripts(
    matrix: "Matrix", library: "Library", scripts: list[str], personas: list[str], scenarios: list[str]
) -> "Matrix":
    """Return ``matrix`` with scripts alone: those named, or its own, of the wanted personas and scenarios."""
    names = scripts or (list(library.scripts) if matrix.scripts == "all" else list(matrix.scripts))
    for persona in personas:
        library.personas[persona]
    for scenario in scenarios:
        library.scenarios[scenario]
    chosen = tuple(
        name
        for name in names
        if (not personas or library.scripts[name].persona in personas)
        and (not scenarios or library.scripts[name].scenario in scenarios)
    )
    if not chosen:
        raise UsageError("no script has this persona and scenario; see: coach list script")
    return matrix.model_copy(update={"scripts": chosen, "personas": (), "scenarios": (), "attacks": ()})
