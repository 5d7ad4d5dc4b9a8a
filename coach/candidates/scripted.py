"""A simulated candidate: finds the question in what it sees, chooses an act, then the words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coach.candidates.acts import CLOSING, WRITTEN, Acts
from coach.candidates.draws import Draws
from coach.candidates.finding import Found
from coach.candidates.truths import truth_of
from coach.candidates.twins import CONTROL, Changes
from coach.candidates.words import Said, Sources
from coach.content.bank import BankQuestion
from coach.content.script import ScriptTurn
from coach.domain.truth import ActRecord, Truth, Utterance
from coach.domain.vocabulary import AnswerKind, Answers, Split, Twin
from coach.text.asks import QuestionIndex
from coach.text.disguises import other_layout

_ATTACK_FROM = 3
"""The first turn on which a case's attack is delivered: the first question has been answered."""


class Candidate(Protocol):
    """Who replies: gets only what a candidate sees."""

    async def reply(self, message: str) -> Utterance:
        """Return what the candidate says to ``message``."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """An act with the script's words, before anyone has said it."""

    act: ActRecord
    parts: tuple[Said, ...]
    question: BankQuestion | None
    """The question that was found in the message."""

    @property
    def text(self) -> str:
        """Return the script's words."""
        return " ".join(p.text for p in self.parts if p.text)


class ScriptedCandidate:
    """A persona in one case. Its truth is known before its words."""

    def __init__(
        self, sources: Sources, index: QuestionIndex, *, seed: int, case: str, twin: Twin | None = None
    ) -> None:
        self._sources = sources
        self._persona = sources.persona
        self._index = index
        self._draws = Draws(seed, case)
        self._acts = Acts(sources, self._draws)
        self._changes = Changes(twin, self._acts, self._draws)
        self._turn = 0
        self._visits: dict[str, int] = {}
        self._detours: dict[str, int] = {}
        families = (*sources.attacks, *((sources.delivers[0],) if sources.delivers else ()))
        self._also = {f"{a.id}/{p.id}": a.acceptable for a in families for p in a.payloads}
        low, high = self._persona.turns
        self._stop_at = self._draws.between(low, high, "stop")

    async def reply(self, message: str) -> Utterance:
        """Return the persona's next words and the truth about them."""
        decided = self.decide(message)
        return Utterance(text=decided.text, act=decided.act)

    def decide(self, message: str) -> "Decided":
        """Return what the persona does next, its truth, and the script's words for it."""
        self._turn += 1
        found = self._find(message)
        turn = self._script_turn()
        planned = turn.act if turn else self._changes.planned(self._plan(found), found)
        act = self._possible(planned, found)
        own = self._acts.words.of_script(turn, self._turn) if turn and act == planned else None
        if own is not None:
            done, parts = self._acts.with_own(act, own, found)
        else:
            done, parts = self._acts.do(act, found, self._turn)
        done, parts = self._with_case_attack(done, parts)
        done, parts = self._changes.done(done, parts, found)
        truth = self._truth(done, parts)
        self._count_detour(found, truth.answers)
        misconception = next((p.misconception_id for p in parts if p.misconception_id), None)
        # An attack is judged on its own text, so it is never mistyped.
        attacks = any(p.payload_id for p in parts)
        mistyped = not attacks and self._draws.share(found.key, self._turn, "layout") < self._persona.wrong_layout
        if mistyped:
            parts = [replace(p, text=other_layout(p.text)) for p in parts]
        held_out = any(p.split is Split.HELD_OUT for p in parts)
        record = ActRecord(
            act=done,
            planned=planned,
            substituted=act != planned,
            text_ids=tuple(p.text_id for p in parts),
            split=Split.HELD_OUT if held_out else Split.KNOWN,
            payload_id=next((p.payload_id for p in parts if p.payload_id), None),
            attack=next((p.attack for p in parts if p.attack), None),
            style=("wrong_layout",) if mistyped else (),
            truth=truth.model_copy(
                update={
                    "question_id": found.question_id,
                    "misconception_id": misconception,
                    "profile": self._acts.profile if done == "introduce" else None,
                }
            ),
            expected=turn.expected(self._sources.language) if turn else None,
        )
        return Decided(record, tuple(parts), found.question)

    def _truth(self, act: str, parts: Sequence[Said]) -> Truth:
        """Return the truth of an act; an attack's harmless first message is talk, an encoded one may read as noise."""
        truth = truth_of(act)
        if any(p.text_id.startswith(WRITTEN) for p in parts):
            # What a model writes of its own is not known to be right, wrong or whole.
            truth = truth.model_copy(update={"kind": None, "acceptable": (), "quality": None, "errors": False})
        attack = next((p for p in parts if p.attack), None)
        if attack is None or act in ("introduce", CONTROL) or self._changes.harmless:
            return truth
        if not attack.injects:
            talk = {"kind": AnswerKind.OFF_TOPIC, "acceptable": (AnswerKind.QUESTION, AnswerKind.PROMPT_INJECTION)}
            return truth.model_copy(update={"injection": False, **(talk if act == "inject" else {})})
        more = self._also.get(attack.payload_id or "", ()) if act == "inject" else ()
        return truth.model_copy(update={"acceptable": tuple(dict.fromkeys((*truth.acceptable, *more)))})

    def _with_case_attack(self, done: str, parts: list[Said]) -> tuple[str, list[Said]]:
        """Return an act with the case's attack in it, where this is the turn for it.

        An attack in a field of the introduction takes the field's place; one inside an answer follows the first
        answer; one that stands alone was planned as an act.
        """
        if not self._acts.case_attack:
            return done, parts
        attack = self._acts.case_attack[0]
        carrier = attack.attack.carrier if attack.attack else "alone"
        if done == "introduce" and carrier in ("name", "position"):
            said, profile = self._acts.introduced or (parts[0], None)
            field = getattr(profile, carrier) if profile else None
            if field and field in said.text:
                self._acts.case_attack.clear()
                return "inject+introduce", [replace(attack, text=said.text.replace(field, attack.text, 1))]
        if carrier == "answer" and done.startswith("answer:"):
            return f"inject+{done}", [*parts, self._acts.case_attack.pop(0)]
        return done, parts

    # What is asked, and what to do

    def _find(self, message: str) -> Found:
        question_id = self._index.find(message) if self._turn > 1 else None
        if question_id is None:
            return Found(None, None, self._turn)
        self._visits[question_id] = visit = self._visits.get(question_id, 0) + 1
        return Found(self._sources.bank.question(question_id), question_id, visit)

    def _script_turn(self) -> ScriptTurn | None:
        """Return what the script says for this turn; after its last turn, that the candidate stops."""
        script = self._sources.script
        if script is None:
            return None
        return script.turns[self._turn - 1] if self._turn <= len(script.turns) else ScriptTurn(act="stop")

    def _plan(self, found: Found) -> str:
        if self._turn == 1:
            return "introduce"
        if self._turn >= self._stop_at:
            return "stop"
        if self._acts.case_attack and self._turn >= _ATTACK_FROM:
            attack = self._acts.case_attack[0].attack
            return "inject" if attack is None or attack.carrier == "alone" else "answer"
        for scheduled in self._persona.schedule:
            if scheduled.turn == self._turn:
                return scheduled.act
        level = found.question.difficulty if found.question else None
        chosen = self._persona.weights_at.get(level, self._persona.weights) if level else self._persona.weights
        weights = {str(act): weight for act, weight in chosen.items() if weight > 0}
        root = found.key.split("#", 1)[0]
        if (found.question or self._acts.asked_anything) and self._detours.get(root, 0) >= self._persona.max_detours:
            weights = {a: w for a, w in weights.items() if a in CLOSING} or {"answer": 1.0}
        return self._draws.weighted(weights, found.key, found.visit, "act")

    def _possible(self, planned: str, found: Found) -> str:
        """Return the planned act, or what the persona does instead where it can't be done."""
        if self._acts.can(planned, found, self._turn):
            return planned
        if found.question is not None:
            return "answer"
        if self._acts.asked_anything and self._turn > 1:
            # Without a bank there are words for an answer only where a model writes them.
            return "answer" if self._acts.can("answer", found, self._turn) else "dont_know"
        others = {
            str(a): w for a, w in self._persona.weights.items() if w > 0 and self._acts.can(str(a), found, self._turn)
        }
        return self._draws.weighted(others, found.key, found.visit, "instead") if others else "introduce"

    def gives_up(self, decided: "Decided") -> Utterance:
        """Return that he does not know, where no model wrote the answer that was decided on."""
        said = self._acts.phrase("dont_know", Found(None, None, self._turn))
        changes = {"act": "dont_know", "substituted": True, "text_ids": (said.text_id,), "split": said.split}
        act = decided.act.model_copy(update={**changes, "truth": truth_of("dont_know")})
        return Utterance(text=said.text, act=act)

    def _count_detour(self, found: Found, answers: Answers) -> None:
        root = found.key.split("#", 1)[0]
        self._detours[root] = 0 if answers is not Answers.NO else self._detours.get(root, 0) + 1
