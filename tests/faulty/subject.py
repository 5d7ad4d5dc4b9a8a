"""An interviewer with known visible faults: it loses its question, gives solutions away, reports a level too high."""

from dataclasses import dataclass

from coach.content.bank import Bank
from coach.domain.cell import Cell
from coach.domain.feedback import InterviewFeedback
from coach.domain.subject import Brief, Step, Subject
from coach.domain.vocabulary import Asks, Language
from coach.engine import OnCall
from coach.simulation import Cases
from coach.simulation.oracle import Told, true_reading
from tests.faulty.model import draw
from tests.runs import LIBRARY, Make


@dataclass(frozen=True)
class Faults:
    """How often each fault happens where it can; a cluster's own rate lies evenly within half of it to either side."""

    anchor_lost: float = 0.0
    leaked: float = 0.0
    level_up: float = 0.0
    spread: float = 0.5

    def happens(self, what: str, cluster: str, *place: object) -> bool:
        rate = float(getattr(self, what)) * (1 + self.spread * (2 * draw("factor", what, cluster, place[0]) - 1))
        return draw(what, cluster, *place) < rate


class FaultySubject:
    """Our interviewer with faults in what it shows; what it believes stays sound."""

    def __init__(self, subject: Subject, told: Told, faults: Faults, bank: Bank, cell: Cell, seed: int) -> None:
        self._subject, self._told, self._faults = subject, told, faults
        self._bank, self._cell, self._seed = bank, cell, seed
        self._turn = 0
        self._before: Step | None = None

    async def start(self, brief: Brief) -> Step:
        self._before = await self._subject.start(brief)
        return self._before

    async def reply(self, text: str) -> Step:
        self._turn += 1
        step = await self._subject.reply(text)
        shown = self._with_faults(step)
        self._before = step
        return shown

    async def finish(self) -> InterviewFeedback | None:
        return await self._subject.finish()

    def _with_faults(self, step: Step) -> Step:
        changes: dict[str, object] = {}
        case = self._cell.case
        cluster = f"{case.persona}|{case.scenario}"
        place = (self._seed, case.key, self._turn)
        if self._faults.happens("level_up", cluster, *place) and step.difficulty:
            changes["difficulty"] = step.difficulty.step(1)
        truth = self._told.truth
        open_still = step.question_id is not None and self._before and step.question_id == self._before.question_id
        if truth is not None and truth.asks is Asks.SOLUTION and truth.question_id:
            if self._faults.happens("leaked", cluster, *place):
                question = self._bank.question(truth.question_id)
                changes["message"] = f"{question.reference.in_(case.language)}\n\n{step.question_text}"
        elif open_still and self._faults.happens("anchor_lost", cluster, *place):
            changes["message"] = f"Next.\n\n{self._other(step.question_id or '', case.language)}"
        return step.model_copy(update=changes)

    def _other(self, question_id: str, language: Language) -> str:
        others = [q for q in self._bank.questions if q.id != question_id.split("#")[0]]
        return others[int(draw(self._seed, self._cell.key, self._turn, "other") * len(others))].question.in_(language)


class FaultyCases(Cases):
    """Cases whose interviewer reads everything right and shows it with faults."""

    faults = Faults()

    def sides(self, cell: Cell, on_call: OnCall) -> tuple[Subject, Told]:
        subject, candidate = super().sides(cell, on_call)
        assert isinstance(candidate, Told)
        bank = self.library.bank_of(cell.case.scenario)
        return FaultySubject(subject, candidate, self.faults, bank, cell, self._seed), candidate


def with_faults(faults: Faults) -> Make:
    """Return what makes the cases of a run with some faults."""

    def make(model: object, seed: int) -> Cases:
        cases = FaultyCases(LIBRARY, model, seed=seed, reading=lambda _: true_reading)  # type: ignore[arg-type]
        cases.faults = faults
        return cases

    return make
