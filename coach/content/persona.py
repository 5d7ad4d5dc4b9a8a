"""A persona as its file says it: a policy over acts, plus words; and the phrases that personas share."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from coach.content.bank import Identifier, Localized, Wording, Wordings
from coach.domain._base import Frozen
from coach.domain.feedback import Engagement, Honesty
from coach.domain.vocabulary import GRADE_SCALE, Difficulty, Grade, Language

Share = Annotated[float, Field(ge=0, le=1)]
Scale = tuple[Share, Share, Share, Share]

ActName = Literal[
    "introduce",
    "answer",
    "answer:excellent",
    "answer:normal",
    "answer:incomplete",
    "hallucinate",
    "dont_know",
    "change_topic",
    "ask_back",
    "ask_solution",
    "inject",
    "inject+answer",
    "gibberish",
    "contradict",
    "flatter",
    "hedge_right",
    "hedge_wrong",
    "claim",
    "claim+ask_back",
    "answer+claim",
    "incomplete+ask_back",
    "beg",
    "threaten",
    "terse",
    "bluff",
    "parrot",
    "story",
    "paste",
    "reject",
    "refuse",
    "turn_tables",
    "ask_again",
    "ask_term",
    "answer+contradict",
    "switch_language",
    "opine",
    "stop",
    "answer+stop",
]
PHRASE_ACTS = (
    "dont_know",
    "change_topic",
    "ask_back",
    "ask_solution",
    "gibberish",
    "contradict",
    "flatter",
    "hedge_prefix",
    "beg",
    "threaten",
    "terse",
    "bluff",
    "parrot_prefix",
    "story_prefix",
    "story_suffix",
    "paste_prefix",
    "paste_suffix",
    "reject",
    "refuse",
    "turn_tables",
    "ask_again",
    "ask_term",
    "stop",
    "claim_prefix",
    "talk",
    "self_praise",
    "filler_prefix",
    "filler_suffix",
    "again_prefix",
)
"""The acts (and parts of acts) whose words are free-standing phrases."""


INJECTING = frozenset({"inject", "inject+answer", "beg", "threaten"})
"""The acts that attack the interviewer."""


class Profile(Wording):
    """How a persona introduces itself; ``text`` says exactly what the fields hold.

    ``{position}`` and ``{stack}`` in the text stand for the scenario's (``roles``): then the fields are left out, and
    one persona fits every scenario.
    """

    name: str | None = None
    position: str | None = None
    grade: Grade | None = None
    experience: str | None = None
    technologies: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_each_once(self) -> "Profile":
        if self.name and self.name not in self.text:
            raise ValueError(f"the text does not hold the name '{self.name}'")
        for mark, field in (("{position}", self.position), ("{stack}", self.technologies)):
            if mark in self.text and field:
                raise ValueError(f"{mark} takes the scenario's words, so leave the field out")
        if left := set(re.findall(r"\{\w*\}", self.text)) - {"{position}", "{stack}"}:
            raise ValueError(f"{min(left)} stands for nothing; there are {{position}} and {{stack}}")
        return self

    def for_role(self, role: "Role") -> "Profile":
        """Return the profile with the scenario's words in its placeholders."""
        filled = self.text.replace("{position}", role.position).replace("{stack}", role.stack)
        changes: dict[str, object] = {"text": filled}
        if "{position}" in self.text:
            changes["position"] = role.position
        if "{stack}" in self.text:
            changes["technologies"] = role.technologies
        return self.model_copy(update=changes)


class Role(Frozen):
    """A position and a stack as a candidate says them."""

    position: Annotated[str, Field(min_length=1)]
    stack: Annotated[str, Field(min_length=1)]
    technologies: Annotated[tuple[str, ...], Field(min_length=1)]
    """What ``stack`` names, in the bank's words."""


class Profiles(Frozen):
    """Introductions in each language."""

    en: Annotated[tuple[Profile, ...], Field(min_length=1)]
    ru: Annotated[tuple[Profile, ...], Field(min_length=1)]

    def in_(self, language: Language) -> tuple[Profile, ...]:
        """Return the introductions in ``language``."""
        return self.ru if language is Language.RU else self.en


class Scheduled(Frozen):
    """An act fixed to a turn (the introduction is turn 1)."""

    turn: Annotated[int, Field(ge=1)]
    act: ActName


class Expected(Frozen):
    """What a fair Evaluator may say of this persona."""

    honesty: tuple[Honesty, ...] = ()
    engagement: tuple[Engagement, ...] = ()


Weight = Annotated[float, Field(ge=0, le=1_000_000)]


class Persona(Frozen):
    """One persona."""

    id: Identifier
    title: Localized
    description: Localized
    true_grade: Grade
    claimed_grade: Grade | None = None
    """None: the introductions claim no grade."""
    knows: Scale | None = None
    """P(good answer) by level; default: the true grade's scale."""
    topics: dict[str, Scale] = {}
    """By technology: overrides of ``knows``."""
    excellent_share: Share = 0.4
    """Of the good answers, how many go beyond what is required."""
    when_lost: dict[Literal["incomplete", "dont_know", "hallucinate"], Weight]
    """What it does instead of a good answer, as weights."""
    introductions: Profiles
    schedule: tuple[Scheduled, ...] = ()
    weights: Annotated[dict[ActName, Weight], Field(min_length=1)]
    """Which act it chooses when nothing is scheduled."""
    weights_at: dict[Difficulty, Annotated[dict[ActName, Weight], Field(min_length=1)]] = {}
    """By the level of the question that is asked: takes the place of ``weights``."""
    max_detours: Annotated[int, Field(ge=0)] = 2
    """Replies to one question that do not answer it, before it must answer."""
    turns: tuple[Annotated[int, Field(ge=2)], Annotated[int, Field(ge=2)]] = (9, 11)
    """At which turn it stops: between the two, both included."""
    attacks: tuple[str, ...] = ()
    """Families that ``inject`` draws from."""
    wrong_layout: Share = 0.0
    """How many replies are typed with the keyboard in the other language's layout."""
    phrases: dict[str, Wordings] = {}
    """By act: words that replace the shared phrases."""
    expected: Expected = Expected()

    @model_validator(mode="after")
    def _is_coherent(self) -> "Persona":
        for act in self.phrases:
            if act not in PHRASE_ACTS:
                raise ValueError(f"phrases.{act}: no such act; there are {', '.join(PHRASE_ACTS)}")
        if self.turns[0] > self.turns[1]:
            raise ValueError(f"turns: {self.turns[0]} is after {self.turns[1]}")
        if sum(self.when_lost.values()) <= 0:
            raise ValueError("when_lost: give at least one way a weight above 0")
        own = (self.weights, *self.weights_at.values())
        if not all(sum(weights.values()) > 0 for weights in own):
            raise ValueError("weights, weights_at: give at least one act a weight above 0")
        acts = {*(act for weights in own for act in weights), *(s.act for s in self.schedule)}
        if any("inject" in act for act in acts) and not self.attacks:
            raise ValueError("it injects, so it needs 'attacks'")
        return self

    @model_validator(mode="after")
    def _claims_one_grade(self) -> "Persona":
        for language in Language:
            for profile in self.introductions.in_(language):
                if profile.grade != self.claimed_grade:
                    raise ValueError(
                        f"introductions.{language}: '{profile.text[:30]}…' claims {profile.grade}, "
                        f"but claimed_grade is {self.claimed_grade}"
                    )
        return self

    @property
    def injects(self) -> bool:
        """Return whether any of its acts attacks the interviewer."""
        chosen = {act for weights in (self.weights, *self.weights_at.values()) for act, w in weights.items() if w > 0}
        return bool({*chosen, *(s.act for s in self.schedule)} & INJECTING)

    def scale(self, technologies: tuple[str, ...] = ()) -> Scale:
        """Return P(good) by level, for a question about ``technologies``."""
        for technology in technologies:
            if technology in self.topics:
                return self.topics[technology]
        return self.knows or GRADE_SCALE[self.true_grade]


class Phrases(Frozen):
    """Shared free-standing phrases by act."""

    phrases: dict[str, Wordings]

    @model_validator(mode="after")
    def _covers_every_act(self) -> "Phrases":
        if missing := set(PHRASE_ACTS) - set(self.phrases):
            raise ValueError(f"phrases lacks {', '.join(sorted(missing))}")
        if unknown := set(self.phrases) - set(PHRASE_ACTS):
            raise ValueError(f"phrases has unknown acts {', '.join(sorted(unknown))}")
        return self
