"""From a cell to its two sides: the subject under test and the candidate with its truth."""

import hashlib
from functools import lru_cache

from coach.candidates import ScriptedCandidate, Sources, question_index
from coach.content.bank import Bank
from coach.content.library import Library
from coach.content.persona import Persona
from coach.content.scenario import Scenario
from coach.domain.cell import Cell
from coach.domain.subject import Brief
from coach.domain.truth import CaseTruth
from coach.domain.vocabulary import Language, acceptable_recommendations, target_difficulty
from coach.engine import Caller, InterviewSession, OnCall
from coach.models.base import Model
from coach.text.asks import QuestionIndex


class Cases:
    """Builds subjects and candidates for the cells of one run."""

    def __init__(self, library: Library, model: Model, *, seed: int, turns: int | None = None) -> None:
        """Take the content, the model under test, the run's seed and a turn limit (None: the scenario's)."""
        self.library = library
        self._model = model
        self._seed = seed
        self._turns = turns
        self._index = lru_cache(maxsize=None)(self._make_index)

    def brief(self, cell: Cell) -> Brief:
        """Return what the subject is told; its seed depends on the case, not on the model or the epoch."""
        scenario = self._scenario(cell)
        return Brief(
            scenario=scenario.id,
            language=cell.case.language,
            seed=_seed(self._seed, f"{scenario.id}|{cell.case.language}|{cell.case.variant}|brief"),
            max_turns=self._turns or scenario.max_turns,
        )

    def subject(self, cell: Cell, on_call: OnCall) -> InterviewSession:
        """Return our interviewer for a cell; its nonces come from the seed."""
        scenario = self._scenario(cell)
        key = f"{self._seed}|{cell.key}"

        def nonce(purpose: str) -> str:
            return hashlib.sha256(f"{key}|nonce|{purpose}".encode()).hexdigest()[:16]

        return InterviewSession(
            scenario,
            self.library.banks[scenario.bank],
            Caller(self._model, on_call=on_call),
            nonce=nonce,
            rubric=cell.rubric,
        )

    def candidate(self, cell: Cell) -> ScriptedCandidate:
        """Return the simulated candidate of a cell: the same for every model and epoch."""
        scenario = self._scenario(cell)
        persona = self._persona(cell)
        sources = Sources(
            persona=persona,
            bank=self.library.banks[scenario.bank],
            phrases=self.library.phrases,
            attacks=tuple(self.library.attacks[a] for a in persona.attacks),
            language=cell.case.language,
        )
        index = self._index(scenario.bank, cell.case.language)
        return ScriptedCandidate(sources, index, seed=self._seed, case=cell.case.key)

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
        )

    def _persona(self, cell: Cell) -> Persona:
        return self.library.personas[cell.case.persona]

    def _scenario(self, cell: Cell) -> Scenario:
        return self.library.scenarios[cell.case.scenario]

    def _make_index(self, bank_id: str, language: Language) -> QuestionIndex:
        bank: Bank = self.library.banks[bank_id]
        return question_index(bank, language)


def _seed(run_seed: int, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{run_seed}|{purpose}".encode()).digest()[:6])
