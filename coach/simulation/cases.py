"""From a cell to its two sides: the subject under test and the candidate with its truth."""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal

from coach.candidates import Candidate, ScriptedCandidate, SimulatedCandidate, Sources, question_index
from coach.candidates.simulated import PROMPTS
from coach.content.attack import Attack, Payload
from coach.content.bank import Bank
from coach.content.library import Library
from coach.content.persona import Persona
from coach.content.scenario import Scenario
from coach.content.script import Script
from coach.domain.cell import Cell
from coach.domain.subject import Brief, Subject
from coach.domain.truth import CaseTruth
from coach.domain.vocabulary import Language, Role, Split, Twin, acceptable_recommendations, target_difficulty
from coach.engine import Caller, InterviewSession, OnCall
from coach.engine.prompts import DEFAULT, PromptSet
from coach.models.base import Model, Sampling
from coach.simulation.foreign import Factory, ForeignSubject
from coach.simulation.oracle import Reading, Told, ToldModel, true_reading
from coach.text.asks import QuestionIndex

Words = Literal["scripted", "llm"]
"""Whose words a simulated candidate speaks in."""


class Cases:
    """Builds subjects and candidates for the cells of one run."""

    def __init__(
        self,
        library: Library,
        model: Model,
        *,
        seed: int,
        turns: int | None = None,
        prompts: Mapping[str, PromptSet] | None = None,
        sampling: Sampling | None = None,
        words: Words = "scripted",
        engine: Factory | None = None,
        reading: Callable[[Cell], Reading] | None = None,
    ) -> None:
        """Take the content, the models, the run's seed and a turn limit (None: the scenario's).

        ``prompts`` are the prompt sets by name, ``engine`` makes a user's own interviewer (None: ours). ``reading``
        makes what takes the Observer's place in a cell and is told the truth; None: the model reads, but for oracles.
        """
        self.library = library
        self._model = model
        self._seed = seed
        self._turns = turns
        self._prompts = {DEFAULT.name: DEFAULT, **(prompts or {})}
        self._sampling = sampling or Sampling()
        self._words = words
        self._engine = engine
        self._reading = reading
        self._index = lru_cache(maxsize=None)(self._make_index)

    def brief(self, cell: Cell) -> Brief:
        """Return what the subject is told; its seed depends on the case, not on the model or the epoch."""
        scenario = self._scenario(cell)
        return Brief(
            scenario=scenario.id,
            language=cell.case.language,
            seed=_seed(self._seed_of(cell), f"{scenario.id}|{cell.case.language}|{cell.case.variant}|brief"),
            max_turns=self._turns or scenario.max_turns,
        )

    def sides(self, cell: Cell, on_call: OnCall) -> tuple[Subject, Candidate]:
        """Return the interviewer of a cell and its candidate."""
        candidate = self._candidate(cell, on_call)
        reading = true_reading if cell.twin is Twin.ORACLE else self._reading(cell) if self._reading else None
        if reading is None:
            return self._subject(cell, self._model, on_call), candidate
        told = Told(candidate)
        return self._subject(cell, ToldModel(self._model, told, reading), on_call), told

    def _subject(self, cell: Cell, model: Model, on_call: OnCall) -> Subject:
        """Return the interviewer for a cell; our own draws its nonces from the seed."""
        scenario = self._scenario(cell)
        if self._engine is not None:
            return ForeignSubject(self._engine, scenario.position.in_(cell.case.language))
        caller = Caller(
            model,
            render=self._prompts[cell.prompts].messages,
            sampling=self._sampling,
            on_call=on_call,
            place=cell.place,
        )
        return InterviewSession(
            scenario,
            self.library.bank_of(scenario.id),
            caller,
            nonce=self._nonce(cell),
            rubric=cell.rubric,
        )

    def _candidate(self, cell: Cell, on_call: OnCall) -> Candidate:
        """Return the simulated candidate of a cell: the same acts for every model and epoch."""
        scripted = self._scripted(cell)
        if self._words == "scripted":
            return scripted
        persona = self._persona(cell)
        language = cell.case.language
        caller = Caller(
            self._model, render=PROMPTS.messages, sampling=self._sampling, on_call=on_call, place=cell.place
        )
        return SimulatedCandidate(
            scripted,
            caller,
            bank=self._scenario(cell).bank,
            language=language,
            persona=f"{persona.title.in_(language)}. {persona.description.in_(language)}",
            nonce=self._nonce(cell),
        )

    def _scripted(self, cell: Cell) -> ScriptedCandidate:
        scenario = self._scenario(cell)
        persona = self._persona(cell)
        script = self._script(cell)
        named = (t.payload.partition("/")[0] for t in script.turns if t.payload) if script else ()
        sources = Sources(
            persona=persona,
            bank=self.library.bank_of(scenario.id),
            phrases=self.library.phrases,
            attacks=tuple(self.library.attacks[a] for a in dict.fromkeys((*persona.attacks, *named))),
            language=cell.case.language,
            roles=scenario.roles_in(cell.case.language),
            delivers=self._delivered(cell.case.attack),
            script=script,
            # A script is about the engine's rules, not about how well unseen words are read.
            split=Split.KNOWN if script else cell.case.split,
            written=scenario.generated and self._words == "llm",
        )
        index = self._index(scenario.id, cell.case.language)
        return ScriptedCandidate(sources, index, seed=self._seed_of(cell), case=cell.case.key, twin=cell.twin)

    def _script(self, cell: Cell) -> Script | None:
        return self.library.scripts[cell.case.script] if cell.case.script else None

    def _seed_of(self, cell: Cell) -> int:
        """Return a script's own seed, else the run's."""
        script = self._script(cell)
        return script.seed if script else self._seed

    def _delivered(self, attack: str | None) -> tuple[Attack, Payload] | None:
        if attack is None:
            return None
        family, _, payload = attack.partition("/")
        return self.library.attacks[family], self.library.attacks[family].payload(payload)

    def _nonce(self, cell: Cell) -> Callable[[str], str]:
        key = f"{self._seed}|{cell.place}"

        def nonce(purpose: str) -> str:
            return hashlib.sha256(f"{key}|nonce|{purpose}".encode()).hexdigest()[:16]

        return nonce

    def truth(self, cell: Cell) -> CaseTruth:
        """Return what is true of a cell's candidate for the whole interview."""
        persona, scenario = self._persona(cell), self._scenario(cell)
        knows = persona.scale()
        return CaseTruth(
            true_grade=persona.true_grade,
            claimed_grade=persona.claimed_grade,
            required_grade=scenario.required_grade,
            acceptable=acceptable_recommendations(persona.true_grade, scenario.required_grade),
            knows=knows,
            target=target_difficulty(knows),
            honesty=persona.expected.honesty,
            engagement=persona.expected.engagement,
            bank=scenario.bank,
            expected=script.verdict if (script := self._script(cell)) else None,
        )

    def _persona(self, cell: Cell) -> Persona:
        return self.library.personas[cell.case.persona]

    def _scenario(self, cell: Cell) -> Scenario:
        return self.library.scenarios[cell.case.scenario]

    def _make_index(self, scenario: str, language: Language) -> QuestionIndex:
        bank: Bank = self.library.bank_of(scenario)
        return question_index(bank, language)


def roles(words: Words, *, engine: bool) -> tuple[Role, ...]:
    """Return the roles that a run asks models for; ``engine``: the interviewer is the user's own."""
    own = () if engine else (Role.OBSERVER, Role.INTERVIEWER, Role.EVALUATOR)
    return (*own, Role.CANDIDATE) if words == "llm" else own


def _seed(run_seed: int, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{run_seed}|{purpose}".encode()).digest()[:6])
