"""What a persona can do, act by act: each act's exact name and its words."""

from collections.abc import Callable, Mapping

from coach.candidates.draws import Draws
from coach.candidates.finding import Found
from coach.candidates.words import Said, Sources, Words
from coach.content.bank import AnswerClass, BankQuestion
from coach.content.persona import PHRASE_ACTS, Profile
from coach.domain.analysis import CandidateProfile
from coach.domain.vocabulary import Difficulty, Language, Split

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
CLOSING = frozenset(
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
"""Acts that may close the question that waits."""


class Acts:
    """The acts of one candidate; what it drew once (its introduction, what it knows) stays so."""

    def __init__(self, sources: Sources, draws: Draws) -> None:
        self.words = Words(sources, draws)
        self._sources = sources
        self._persona = sources.persona
        self._draws = draws
        self.introduced: tuple[Said, Profile] | None = None
        """How the persona introduced itself, and the profile that the words hold."""
        self.case_attack = self.words.messages(*sources.delivers) if sources.delivers else []
        """What is left of the case's attack."""
        self._table: Mapping[str, Callable[[Found], tuple[str, list[Said]]]] = {
            "introduce": self._introduce,
            "answer": self._answer,
            "hallucinate": self._hallucinate,
            "inject": self._inject,
            "inject+answer": self._inject_and_answer,
            "hedge_right": self._hedge_right,
            "hedge_wrong": self._hedge_wrong,
            "claim": lambda f: ("claim", self._claim(f)),
            "claim+ask_back": lambda f: ("claim+ask_back", [*self._claim(f), self.phrase("ask_back", f)]),
            "answer+claim": self._answer_and_claim,
            "incomplete+ask_back": self._incomplete_and_ask,
            "answer+stop": self._answer_and_stop,
            "answer+contradict": self._answer_and_contradict,
            "answer:excellent": lambda f: self._answer_as("excellent", f),
            "answer:normal": lambda f: self._answer_as("normal", f),
            "answer:incomplete": lambda f: self._answer_as("incomplete", f),
            "opine": lambda f: ("opine", [self.words.opinion(_needed(f), f.visit)]),
            "parrot": self._parrot,
            "story": lambda f: self._wrapped("story", "incomplete", f),
            "paste": lambda f: self._wrapped("paste", "excellent", f),
            "switch_language": self._switch_language,
        }

    @property
    def profile(self) -> CandidateProfile | None:
        """Return what the introduction says of the candidate; None before it."""
        return _as_candidate(self.introduced[1]) if self.introduced else None

    @property
    def asked_anything(self) -> bool:
        """Whether the questions are not of a bank, so that any message may ask one."""
        return not self._sources.bank.questions

    def can(self, act: str, found: Found, turn: int) -> bool:
        """Return whether ``act`` has what it needs: a question, a whole one, an opinion on it."""
        if self.asked_anything and turn > 1:
            return act in _FREE_STANDING or (act in _WRITTEN and self._sources.written)
        if act in _NEED_QUESTION and found.question is None:
            return False
        if act == "opine" and (found.question is None or found.question.opinions is None):
            return False
        return not (act in _NEED_WHOLE_QUESTION and found.point_id)

    def do(self, act: str, found: Found, turn: int) -> tuple[str, list[Said]]:
        """Return what ``act`` came to, e.g. ``answer:incomplete``, and its words."""
        if act in _WRITTEN and self.asked_anything:
            return self._write(act, found, turn)
        do = self._table.get(act)
        return do(found) if do else (act, [self.phrase(act, found)])

    def _write(self, act: str, found: Found, turn: int) -> tuple[str, list[Said]]:
        """Return an answer to a question that is in no bank; its words are a model's."""
        if act == "answer":
            good = sum(self._persona.scale()) / len(Difficulty)
            if self._draws.share(found.key, turn, "knows") < good:
                beyond = self._draws.share(found.key, turn, "beyond") < self._persona.excellent_share
                act = "answer:excellent" if beyond else "answer:normal"
            else:
                lost = {str(k): v for k, v in self._persona.when_lost.items() if v > 0}
                act = self._draws.weighted(lost, found.key, found.visit, "lost")
                act = "answer:incomplete" if act == "incomplete" else act
        if act == "dont_know":
            return act, [self.phrase(act, found)]
        return act, [Said("", f"{WRITTEN}{act}", Split.HELD_OUT)]

    def _introduce(self, found: Found) -> tuple[str, list[Said]]:
        # Asked again, it says the same again: one persona has one name and one past.
        if self.introduced is None:
            self.introduced = self.words.introduction()
        return "introduce", [self.introduced[0]]

    def _answer(self, found: Found) -> tuple[str, list[Said]]:
        question = _needed(found)
        if self._knows(found):
            if found.point_id:
                return "answer:normal", [self.words.point(question, found.point_id, found.visit)]
            beyond = self._draws.share(question.id, 0, "beyond") < self._persona.excellent_share
            name: AnswerClass = "excellent" if beyond else "normal"
            return f"answer:{name}", [self.words.answer(question, name, found.visit)]
        lost = {str(k): v for k, v in self._persona.when_lost.items() if v > 0}
        how = self._draws.weighted(lost, question.id, found.visit, "lost")
        if found.point_id or how == "dont_know":
            return "dont_know", [self.phrase("dont_know", found)]
        if how == "hallucinate":
            return self._hallucinate(found)
        return "answer:incomplete", [self.words.answer(question, "incomplete", found.visit)]

    def _knows(self, found: Found) -> bool:
        question = _needed(found)
        level = list(Difficulty).index(question.difficulty)
        likely = self._persona.scale(question.technologies)[level]
        return self._draws.share(found.key, 0, "knows") < likely

    def _hallucinate(self, found: Found) -> tuple[str, list[Said]]:
        return "hallucinate", [self.words.answer(_needed(found), "wrong", found.visit)]

    def _inject(self, found: Found) -> tuple[str, list[Said]]:
        if self.case_attack:
            return "inject", [self.case_attack.pop(0)]
        return "inject", [self.words.payload(found.key, found.visit)]

    def _inject_and_answer(self, found: Found) -> tuple[str, list[Said]]:
        act, parts = self._answer(found)
        return f"inject+{act}", [*parts, self.words.payload(found.key, found.visit)]

    def with_own(self, act: str, own: Said, found: Found) -> tuple[str, list[Said]]:
        """Return an act in the words that a script gives it."""
        if act != "inject+answer":
            return act, [own]
        carrier, parts = self._answer(found)
        return f"inject+{carrier}", [*parts, own]

    def _hedge_right(self, found: Found) -> tuple[str, list[Said]]:
        answer = self.words.answer(_needed(found), "normal", found.visit)
        return "hedge_right", [self.phrase("hedge_prefix", found), answer]

    def _hedge_wrong(self, found: Found) -> tuple[str, list[Said]]:
        answer = self.words.answer(_needed(found), "wrong", found.visit)
        return "hedge_wrong", [self.phrase("hedge_prefix", found), answer]

    def _claim(self, found: Found) -> list[Said]:
        return [self.phrase("claim_prefix", found), self.words.claim(found.question, found.visit)]

    def _answer_and_claim(self, found: Found) -> tuple[str, list[Said]]:
        answer = self.words.answer(_needed(found), "normal", found.visit)
        return "answer+claim", [answer, *self._claim(found)]

    def _incomplete_and_ask(self, found: Found) -> tuple[str, list[Said]]:
        answer = self.words.answer(_needed(found), "incomplete", found.visit)
        return "incomplete+ask_back", [answer, self.phrase("ask_back", found)]

    def _answer_and_stop(self, found: Found) -> tuple[str, list[Said]]:
        act, parts = self._answer(found)
        return f"{act}+stop", [*parts, self.phrase("stop", found)]

    def _answer_and_contradict(self, found: Found) -> tuple[str, list[Said]]:
        act, parts = self._answer(found)
        return f"{act}+contradict", [*parts, self.phrase("contradict", found)]

    def _answer_as(self, name: AnswerClass, found: Found) -> tuple[str, list[Said]]:
        question = _needed(found)
        if found.point_id:
            return "answer:normal", [self.words.point(question, found.point_id, found.visit)]
        return f"answer:{name}", [self.words.answer(question, name, found.visit)]

    def _wrapped(self, how: str, name: AnswerClass, found: Found) -> tuple[str, list[Said]]:
        answer = self.words.answer(_needed(found), name, found.visit)
        before, after = self.phrase(f"{how}_prefix", found), self.phrase(f"{how}_suffix", found)
        return f"{how}+answer:{name}", [before, answer, after]

    def _parrot(self, found: Found) -> tuple[str, list[Said]]:
        question = _needed(found)
        language = self._sources.language
        point = next((p for p in question.key_points if p.id == found.point_id), None)
        asked = (point.ask if point else question.question).in_(language).rstrip("?")
        echo = Said(f"{asked}.", f"{self._sources.bank.id}/{found.question_id}/question/{language}", Split.KNOWN)
        return "parrot", [self.phrase("parrot_prefix", found), echo]

    def _switch_language(self, found: Found) -> tuple[str, list[Said]]:
        other = Language.EN if self._sources.language is Language.RU else Language.RU
        mine, self.words = self.words, self.words.in_language(other)
        try:
            act, parts = self._answer(found)
        finally:
            self.words = mine
        return f"switch_language+{act}", parts

    def phrase(self, act: str, found: Found) -> Said:
        """Return the free-standing words of ``act``."""
        return self.words.phrase(act, found.key, found.visit)


def _needed(found: Found) -> BankQuestion:
    if found.question is None:
        raise ValueError("this act needs a question; can() should have refused it")
    return found.question


def _as_candidate(profile: Profile) -> CandidateProfile:
    return CandidateProfile(
        name=profile.name,
        position=profile.position,
        grade=profile.grade,
        experience=profile.experience,
        technologies=profile.technologies,
    )
