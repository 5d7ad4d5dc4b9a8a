"""A simulated candidate: finds the question in what it sees, chooses an act, then the words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coach.candidates.draws import Draws
from coach.candidates.truths import truth_of
from coach.candidates.words import Said, Sources, Words
from coach.content.bank import AnswerClass, Bank, BankQuestion
from coach.content.persona import PHRASE_ACTS, Profile
from coach.content.script import ScriptTurn
from coach.domain.analysis import CandidateProfile
from coach.domain.truth import ActRecord, Truth, Utterance
from coach.domain.vocabulary import AnswerKind, Answers, Difficulty, Language, Split
from coach.text.asks import QuestionIndex
from coach.text.disguises import other_layout


class Candidate(Protocol):
    """Who replies: gets only what a candidate sees."""

    async def reply(self, message: str) -> Utterance:
        """Return what the candidate says to ``message``."""
        ...


_NEED_QUESTION = frozenset(
    {
        "answer",
        "hallucinate",
        "dont_know",
        "ask_solution",
        "hedge_right",
        "hedge_wrong",
        "inject+answer",
        "answer+claim",
        "answer+stop",
        "incomplete+ask_back",
        "ask_back",
        "answer:excellent",
        "answer:normal",
        "answer:incomplete",
        "answer+contradict",
        "terse",
        "bluff",
        "parrot",
        "reject",
        "story",
        "paste",
        "switch_language",
        "ask_again",
        "opine",
    }
)
_NEED_WHOLE_QUESTION = frozenset(
    {
        "hallucinate",
        "hedge_right",
        "hedge_wrong",
        "answer+claim",
        "incomplete+ask_back",
        "answer:excellent",
        "answer:incomplete",
        "story",
        "paste",
        "opine",
    }
)
"""Not on a follow-up: its few words leave no room for these."""


WRITTEN = "generated/"
"""What the text ids of answers begin with that a model writes, where no bank has any."""
_WRITTEN = frozenset({"answer", "answer:excellent", "answer:normal", "answer:incomplete", "hallucinate"})
_FREE_STANDING = frozenset(PHRASE_ACTS) | {"inject"}


class Found:
    """The question that the candidate found in a message."""

    def __init__(self, question: BankQuestion | None, question_id: str | None, visit: int) -> None:
        self.question = question
        self.question_id = question_id
        self.visit = visit

    @property
    def key(self) -> str:
        """Return what draws go by."""
        return self.question_id or ""

    @property
    def point_id(self) -> str | None:
        """Return the key point that a follow-up asks for, else None."""
        return self.question_id.partition("#")[2] or None if self.question_id else None


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
        return " ".join(p.text for p in self.parts)


def question_index(bank: Bank, language: Language) -> QuestionIndex:
    """Return an index of every question and follow-up of the bank, by id."""
    texts: dict[str, str] = {}
    for question in bank.questions:
        texts[question.id] = question.question.in_(language)
        for point in question.key_points:
            texts[f"{question.id}#{point.id}"] = point.ask.in_(language)
    return QuestionIndex(texts)


class ScriptedCandidate:
    """A persona in one case. Its truth is known before its words."""

    def __init__(self, sources: Sources, index: QuestionIndex, *, seed: int, case: str) -> None:
        self._sources = sources
        self._persona = sources.persona
        self._index = index
        self._draws = Draws(seed, case)
        self._words = Words(sources, self._draws)
        self._turn = 0
        self._visits: dict[str, int] = {}
        self._detours: dict[str, int] = {}
        self._introduced: tuple[Said, Profile] | None = None
        self._profile: CandidateProfile | None = None
        self._case_attack = self._words.messages(*sources.delivers) if sources.delivers else []
        """What is left of the case's attack."""
        families = (*sources.attacks, *((sources.delivers[0],) if sources.delivers else ()))
        self._also = {f"{a.id}/{p.id}": a.acceptable for a in families for p in a.payloads}
        low, high = self._persona.turns
        self._stop_at = self._draws.between(low, high, "stop")
        self._acts: Mapping[str, Callable[[Found], tuple[str, list[Said]]]] = {
            "introduce": self._introduce,
            "answer": self._answer,
            "hallucinate": self._hallucinate,
            "inject": self._inject,
            "inject+answer": self._inject_and_answer,
            "hedge_right": self._hedge_right,
            "hedge_wrong": self._hedge_wrong,
            "claim": lambda f: ("claim", self._claim(f)),
            "claim+ask_back": lambda f: ("claim+ask_back", [*self._claim(f), self._phrase("ask_back", f)]),
            "answer+claim": self._answer_and_claim,
            "incomplete+ask_back": self._incomplete_and_ask,
            "answer+stop": self._answer_and_stop,
            "answer+contradict": self._answer_and_contradict,
            "answer:excellent": lambda f: self._answer_as("excellent", f),
            "answer:normal": lambda f: self._answer_as("normal", f),
            "answer:incomplete": lambda f: self._answer_as("incomplete", f),
            "opine": lambda f: ("opine", [self._words.opinion(_needed(f), f.visit)]),
            "parrot": self._parrot,
            "story": lambda f: self._wrapped("story", "incomplete", f),
            "paste": lambda f: self._wrapped("paste", "excellent", f),
            "switch_language": self._switch_language,
        }

    async def reply(self, message: str) -> Utterance:
        """Return the persona's next words and the truth about them."""
        decided = self.decide(message)
        return Utterance(text=decided.text, act=decided.act)

    def decide(self, message: str) -> "Decided":
        """Return what the persona does next, its truth, and the script's words for it."""
        self._turn += 1
        found = self._find(message)
        turn = self._script_turn()
        planned = turn.act if turn else self._plan(found)
        act = self._possible(planned, found)
        own = self._words.of_script(turn, self._turn) if turn and act == planned else None
        do = self._acts.get(act)
        if act in _WRITTEN and self._asked_anything:
            done, parts = self._write(act, found)
        elif own is not None:
            done, parts = self._with_own(act, own, found)
        else:
            done, parts = do(found) if do else (act, [self._phrase(act, found)])
        done, parts = self._with_case_attack(done, parts)
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
                    "profile": self._profile if done == "introduce" else None,
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
        if attack is None or act == "introduce":
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
        if not self._case_attack:
            return done, parts
        attack = self._case_attack[0]
        carrier = attack.attack.carrier if attack.attack else "alone"
        if done == "introduce" and carrier in ("name", "position"):
            said, profile = self._introduced or (parts[0], None)
            field = getattr(profile, carrier) if profile else None
            if field and field in said.text:
                self._profile = None
                self._case_attack.clear()
                return "inject+introduce", [replace(attack, text=said.text.replace(field, attack.text, 1))]
        if carrier == "answer" and done.startswith("answer:"):
            return f"inject+{done}", [*parts, self._case_attack.pop(0)]
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
        if self._case_attack and self._turn >= _ATTACK_FROM:
            attack = self._case_attack[0].attack
            return "inject" if attack is None or attack.carrier == "alone" else "answer"
        for scheduled in self._persona.schedule:
            if scheduled.turn == self._turn:
                return scheduled.act
        level = found.question.difficulty if found.question else None
        chosen = self._persona.weights_at.get(level, self._persona.weights) if level else self._persona.weights
        weights = {str(act): weight for act, weight in chosen.items() if weight > 0}
        root = found.key.split("#", 1)[0]
        if (found.question or self._asked_anything) and self._detours.get(root, 0) >= self._persona.max_detours:
            weights = {a: w for a, w in weights.items() if _may_close(a)} or {"answer": 1.0}
        return self._draws.weighted(weights, found.key, found.visit, "act")

    def _possible(self, planned: str, found: Found) -> str:
        """Return the planned act, or what the persona does instead where it can't be done."""
        if self._can(planned, found):
            return planned
        if found.question is not None:
            return "answer"
        if self._asked_anything and self._turn > 1:
            # Without a bank there are words for an answer only where a model writes them.
            return "answer" if self._can("answer", found) else "dont_know"
        others = {str(a): w for a, w in self._persona.weights.items() if w > 0 and self._can(str(a), found)}
        return self._draws.weighted(others, found.key, found.visit, "instead") if others else "introduce"

    @property
    def _asked_anything(self) -> bool:
        """Whether the questions are not of a bank, so that any message may ask one."""
        return not self._sources.bank.questions

    def _write(self, act: str, found: Found) -> tuple[str, list[Said]]:
        """Return an answer to a question that is in no bank; its words are a model's."""
        if act == "answer":
            good = sum(self._persona.scale()) / len(Difficulty)
            if self._draws.share(found.key, self._turn, "knows") < good:
                beyond = self._draws.share(found.key, self._turn, "beyond") < self._persona.excellent_share
                act = "answer:excellent" if beyond else "answer:normal"
            else:
                lost = {str(k): v for k, v in self._persona.when_lost.items() if v > 0}
                act = self._draws.weighted(lost, found.key, found.visit, "lost")
                act = "answer:incomplete" if act == "incomplete" else act
        if act == "dont_know":
            return act, [self._phrase(act, found)]
        return act, [Said("", f"{WRITTEN}{act}", Split.HELD_OUT)]

    def gives_up(self, decided: "Decided") -> Utterance:
        """Return that he does not know, where no model wrote the answer that was decided on."""
        said = self._phrase("dont_know", Found(None, None, self._turn))
        changes = {"act": "dont_know", "substituted": True, "text_ids": (said.text_id,), "split": said.split}
        act = decided.act.model_copy(update={**changes, "truth": truth_of("dont_know")})
        return Utterance(text=said.text, act=act)

    def _can(self, act: str, found: Found) -> bool:
        if self._asked_anything and self._turn > 1:
            return act in _FREE_STANDING or (act in _WRITTEN and self._sources.written)
        if act in _NEED_QUESTION and found.question is None:
            return False
        if act == "opine" and (found.question is None or found.question.opinions is None):
            return False
        return not (act in _NEED_WHOLE_QUESTION and found.point_id)

    def _count_detour(self, found: Found, answers: Answers) -> None:
        root = found.key.split("#", 1)[0]
        self._detours[root] = 0 if answers is not Answers.NO else self._detours.get(root, 0) + 1

    # Acts: each returns its exact name and its words

    def _introduce(self, found: Found) -> tuple[str, list[Said]]:
        # Asked again, it says the same again: one persona has one name and one past.
        if self._introduced is None:
            self._introduced = self._words.introduction()
        said, profile = self._introduced
        self._profile = _as_candidate(profile)
        return "introduce", [said]

    def _answer(self, found: Found) -> tuple[str, list[Said]]:
        question = _needed(found)
        if self._knows(found):
            if found.point_id:
                return "answer:normal", [self._words.point(question, found.point_id, found.visit)]
            beyond = self._draws.share(question.id, 0, "beyond") < self._persona.excellent_share
            name: AnswerClass = "excellent" if beyond else "normal"
            return f"answer:{name}", [self._words.answer(question, name, found.visit)]
        lost = {str(k): v for k, v in self._persona.when_lost.items() if v > 0}
        how = self._draws.weighted(lost, question.id, found.visit, "lost")
        if found.point_id or how == "dont_know":
            return "dont_know", [self._phrase("dont_know", found)]
        if how == "hallucinate":
            return self._hallucinate(found)
        return "answer:incomplete", [self._words.answer(question, "incomplete", found.visit)]

    def _knows(self, found: Found) -> bool:
        question = _needed(found)
        level = list(Difficulty).index(question.difficulty)
        likely = self._persona.scale(question.technologies)[level]
        return self._draws.share(found.key, 0, "knows") < likely

    def _hallucinate(self, found: Found) -> tuple[str, list[Said]]:
        return "hallucinate", [self._words.answer(_needed(found), "wrong", found.visit)]

    def _inject(self, found: Found) -> tuple[str, list[Said]]:
        if self._case_attack:
            return "inject", [self._case_attack.pop(0)]
        return "inject", [self._words.payload(found.key, found.visit)]

    def _inject_and_answer(self, found: Found) -> tuple[str, list[Said]]:
        act, parts = self._answer(found)
        return f"inject+{act}", [*parts, self._words.payload(found.key, found.visit)]

    def _with_own(self, act: str, own: Said, found: Found) -> tuple[str, list[Said]]:
        """Return an act in the words that a script gives it."""
        if act != "inject+answer":
            return act, [own]
        carrier, parts = self._answer(found)
        return f"inject+{carrier}", [*parts, own]

    def _hedge_right(self, found: Found) -> tuple[str, list[Said]]:
        answer = self._words.answer(_needed(found), "normal", found.visit)
        return "hedge_right", [self._phrase("hedge_prefix", found), answer]

    def _hedge_wrong(self, found: Found) -> tuple[str, list[Said]]:
        answer = self._words.answer(_needed(found), "wrong", found.visit)
        return "hedge_wrong", [self._phrase("hedge_prefix", found), answer]

    def _claim(self, found: Found) -> list[Said]:
        return [self._phrase("claim_prefix", found), self._words.claim(found.question, found.visit)]

    def _answer_and_claim(self, found: Found) -> tuple[str, list[Said]]:
        answer = self._words.answer(_needed(found), "normal", found.visit)
        return "answer+claim", [answer, *self._claim(found)]

    def _incomplete_and_ask(self, found: Found) -> tuple[str, list[Said]]:
        answer = self._words.answer(_needed(found), "incomplete", found.visit)
        return "incomplete+ask_back", [answer, self._phrase("ask_back", found)]

    def _answer_and_stop(self, found: Found) -> tuple[str, list[Said]]:
        act, parts = self._answer(found)
        return f"{act}+stop", [*parts, self._phrase("stop", found)]

    def _answer_and_contradict(self, found: Found) -> tuple[str, list[Said]]:
        act, parts = self._answer(found)
        return f"{act}+contradict", [*parts, self._phrase("contradict", found)]

    def _answer_as(self, name: AnswerClass, found: Found) -> tuple[str, list[Said]]:
        question = _needed(found)
        if found.point_id:
            return "answer:normal", [self._words.point(question, found.point_id, found.visit)]
        return f"answer:{name}", [self._words.answer(question, name, found.visit)]

    def _wrapped(self, how: str, name: AnswerClass, found: Found) -> tuple[str, list[Said]]:
        answer = self._words.answer(_needed(found), name, found.visit)
        before, after = self._phrase(f"{how}_prefix", found), self._phrase(f"{how}_suffix", found)
        return f"{how}+answer:{name}", [before, answer, after]

    def _parrot(self, found: Found) -> tuple[str, list[Said]]:
        question = _needed(found)
        language = self._sources.language
        point = next((p for p in question.key_points if p.id == found.point_id), None)
        asked = (point.ask if point else question.question).in_(language).rstrip("?")
        echo = Said(f"{asked}.", f"{self._sources.bank.id}/{found.question_id}/question/{language}", Split.KNOWN)
        return "parrot", [self._phrase("parrot_prefix", found), echo]

    def _switch_language(self, found: Found) -> tuple[str, list[Said]]:
        other = Language.EN if self._sources.language is Language.RU else Language.RU
        mine, self._words = self._words, self._words.in_language(other)
        try:
            act, parts = self._answer(found)
        finally:
            self._words = mine
        return f"switch_language+{act}", parts

    def _phrase(self, act: str, found: Found) -> Said:
        return self._words.phrase(act, found.key, found.visit)


def _may_close(act: str) -> bool:
    return act in _CLOSING


_ATTACK_FROM = 3
"""The first turn on which a case's attack is delivered: the first question has been answered."""
_CLOSING = frozenset(
    {
        "answer",
        "answer:excellent",
        "answer:normal",
        "hallucinate",
        "dont_know",
        "hedge_right",
        "hedge_wrong",
        "inject+answer",
        "answer+contradict",
        "paste",
        "reject",
        "switch_language",
        "opine",
    }
)


def _needed(found: Found) -> BankQuestion:
    if found.question is None:
        raise ValueError("this act needs a question; _can should have refused it")
    return found.question


def _as_candidate(profile: Profile) -> CandidateProfile:
    return CandidateProfile(
        name=profile.name,
        position=profile.position,
        grade=profile.grade,
        experience=profile.experience,
        technologies=profile.technologies,
    )
