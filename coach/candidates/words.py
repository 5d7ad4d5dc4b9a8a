"""Where a simulated candidate's words come from: bank answers, phrases, payloads; each with id and split."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from coach.candidates.draws import Draws
from coach.content.attack import Attack, Payload
from coach.content.bank import AnswerClass, Bank, BankQuestion, Wording
from coach.content.persona import Persona, Phrases, Profile, Role
from coach.content.script import Script, ScriptTurn
from coach.domain.truth import Attempted
from coach.domain.vocabulary import Language, Split


@dataclass(frozen=True, slots=True)
class Said:
    """Some words, where they come from, and whether the offline model may have read them."""

    text: str
    text_id: str
    split: Split
    misconception_id: str | None = None
    payload_id: str | None = None
    attack: Attempted | None = None
    """What the attack wants that these words carry."""
    twin: str = ""
    """Of an attack: the harmless text of its kind; empty for what follows its first message."""
    injects: bool = True
    """Of an attack that is split over turns: whether these words attack by themselves."""


@dataclass(frozen=True, slots=True)
class Sources:
    """All that one candidate may say."""

    persona: Persona
    bank: Bank
    phrases: Phrases
    attacks: tuple[Attack, ...]
    """Families that the persona draws from."""
    language: Language
    roles: tuple[Role, ...]
    """What fills an introduction's placeholders."""
    delivers: tuple[Attack, Payload] | None = None
    """The attack of the case: delivered whatever else the persona does."""
    written: bool = False
    """Whether a model writes the answers that no bank has."""
    script: Script | None = None
    """Fixes every act; ``attacks`` then holds the families that it names too."""
    split: Split | None = None
    """Which wordings are said, where there are any; None: both."""


class Words:
    """Picks wordings by seeded draws; none twice while another is left."""

    def __init__(self, sources: Sources, draws: Draws) -> None:
        self._sources = sources
        self._draws = draws
        self._used: set[str] = set()
        self._to_come: list[Said] = []
        """What is left of an attack that is split over turns."""

    def in_language(self, language: Language) -> "Words":
        """Return the same candidate's words in another language."""
        other = Words(replace(self._sources, language=language), self._draws)
        other._used = self._used
        return other

    def introduction(self) -> tuple[Said, Profile]:
        """Return how the persona introduces itself, and the profile that the words hold."""
        src = self._sources
        role = self._draws.one_of(src.roles, "", 0, "role")
        profiles = tuple(p.for_role(role) for p in src.persona.introductions.in_(src.language))
        ids = [f"personas/{src.persona.id}/introduce/{src.language}/{i}" for i in range(len(profiles))]
        said = self._pick(self._plain(ids, profiles, Split.KNOWN), "", 0, "introduce")
        return said, profiles[ids.index(said.text_id)]

    def answer(self, question: BankQuestion, answer_class: AnswerClass, visit: int) -> Said:
        """Return a candidate answer to a bank question."""
        src = self._sources
        wordings = question.answers.of(answer_class).in_(src.language)
        options = [
            Said(
                text=w.text,
                text_id=f"{src.bank.id}/{question.id}/{answer_class}/{src.language}/{i}",
                split=self._of(question, w, self._misconception_split(question, w.misconception)),
                misconception_id=f"{question.id}/{w.misconception}" if w.misconception else None,
            )
            for i, w in enumerate(wordings)
        ]
        return self._pick(options, question.id, visit, answer_class)

    def point(self, question: BankQuestion, point_id: str, visit: int) -> Said:
        """Return the words that give one key point, as an answer to its follow-up."""
        src = self._sources
        point = next(p for p in question.key_points if p.id == point_id)
        wordings = point.say.in_(src.language)
        options = [
            Said(
                text=w.text,
                text_id=f"{src.bank.id}/{question.id}/say/{point_id}/{src.language}/{i}",
                split=self._of(question, w),
            )
            for i, w in enumerate(wordings)
        ]
        return self._pick(options, f"{question.id}#{point_id}", visit, "say")

    def opinion(self, question: BankQuestion, visit: int) -> Said:
        """Return an opinion on what a question is about. ValueError where the bank has none."""
        src = self._sources
        if question.opinions is None:
            raise ValueError(f"the bank has no opinions on '{question.id}'")
        wordings = question.opinions.in_(src.language)
        ids = [f"{src.bank.id}/{question.id}/opinions/{src.language}/{i}" for i in range(len(wordings))]
        return self._pick(self._plain(ids, wordings, self._question_split(question)), question.id, visit, "opinion")

    def claim(self, about: BankQuestion | None, visit: int) -> Said:
        """Return a false claim about another question than ``about``."""
        src = self._sources
        options = [
            Said(
                text=m.claim.in_(src.language),
                text_id=f"{src.bank.id}/{q.id}/claim/{m.id}/{src.language}",
                split=_worse(self._question_split(q), m.split),
                misconception_id=f"{q.id}/{m.id}",
            )
            for q in src.bank.questions
            if about is None or q.id != about.id
            for m in q.misconceptions
        ]
        return self._pick(options, about.id if about else "", visit, "claim")

    def phrase(self, act: str, question_id: str, visit: int) -> Said:
        """Return a free-standing phrase: the persona's own, else a shared one."""
        src = self._sources
        own = src.persona.phrases.get(act)
        place = f"personas/{src.persona.id}" if own else "personas/phrases"
        wordings = (own or src.phrases.phrases[act]).in_(src.language)
        ids = [f"{place}/{act}/{src.language}/{i}" for i in range(len(wordings))]
        return self._pick(self._plain(ids, wordings, Split.KNOWN), question_id, visit, act)

    def of_script(self, turn: ScriptTurn, number: int) -> Said | None:
        """Return the words that a script gives itself, or the next message of the payload it names; None: neither."""
        src = self._sources
        if turn.say is not None and src.script is not None:
            place = f"scripts/{src.script.id}/{number}/{src.language}"
            return Said(turn.say.in_(src.language), place, Split.KNOWN)
        if turn.payload is None:
            return None
        if not self._to_come:
            family, _, name = turn.payload.partition("/")
            attack = next(a for a in src.attacks if a.id == family)
            self._to_come = self.messages(attack, attack.payload(name))
        return self._to_come.pop(0)

    def payload(self, question_id: str, visit: int) -> Said:
        """Return an attack's text: the next message of one that is under way, else of one that is drawn."""
        if not self._to_come:
            options = [
                Said(
                    text="",
                    text_id=f"attacks/{a.id}/{p.id}/{self._sources.language}",
                    split=_worse(a.split, p.split),
                    payload_id=f"{a.id}/{p.id}",
                )
                for a in self._sources.attacks
                for p in a.payloads
                if p.carrier in ("alone", "answer")
            ]
            drawn = self._pick(options, question_id, visit, "inject").payload_id
            attack, payload = next(
                (a, p) for a in self._sources.attacks for p in a.payloads if f"{a.id}/{p.id}" == drawn
            )
            self._to_come = self.messages(attack, payload)
        return self._to_come.pop(0)

    def messages(self, attack: Attack, payload: Payload) -> list[Said]:
        """Return every message of one attack in order."""
        language = self._sources.language
        said = payload.messages(language)
        return [
            Said(
                text=text,
                text_id=f"attacks/{attack.id}/{payload.id}/{language}" + (f"/{i}" if i else ""),
                split=_worse(attack.split, payload.split),
                payload_id=f"{attack.id}/{payload.id}",
                attack=Attempted(
                    goal=payload.goal or attack.goal,
                    carrier=payload.carrier,
                    says=payload.says,
                    step=i + 1,
                    steps=len(said),
                ),
                twin=payload.twin.in_(language) if i == 0 else "",
                injects=injects,
            )
            for i, (text, injects) in enumerate(said)
        ]

    def _pick(self, options: Sequence[Said], question_id: str, visit: int, purpose: str) -> Said:
        wanted = self._sources.split
        options = [o for o in options if wanted in (None, o.split)] or options
        fresh = [o for o in options if o.text_id not in self._used]
        said = self._draws.one_of(fresh or options, question_id, visit, f"words:{purpose}")
        self._used.add(said.text_id)
        return said

    def _plain(self, ids: Iterable[str], wordings: Iterable[Wording], at_least: Split) -> list[Said]:
        return [Said(w.text, i, _worse(at_least, w.split)) for i, w in zip(ids, wordings, strict=True)]

    def _question_split(self, question: BankQuestion) -> Split:
        return _worse(self._sources.bank.header.split, question.split)

    def _of(self, question: BankQuestion, wording: Wording, more: Split = Split.KNOWN) -> Split:
        return _worse(self._question_split(question), wording.split, more)

    def _misconception_split(self, question: BankQuestion, misconception: str | None) -> Split:
        return next((m.split for m in question.misconceptions if m.id == misconception), Split.KNOWN)


def _worse(*splits: Split) -> Split:
    return Split.HELD_OUT if Split.HELD_OUT in splits else Split.KNOWN
