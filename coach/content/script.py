"""An acceptance script: every act of one interview, and what is expected of the engine after each."""

from typing import Annotated

from pydantic import Field, model_validator

from coach.content.bank import Identifier, Localized
from coach.content.persona import PHRASE_ACTS, ActName
from coach.domain._base import Frozen
from coach.domain.truth import Expectation, VerdictExpectation
from coach.domain.vocabulary import Language

_SAYABLE = frozenset(PHRASE_ACTS) | {"introduce", "inject", "claim"}
"""Acts whose words a script may give itself; the others speak in the bank's."""


class ScriptTurn(Frozen):
    """One reply, and what is expected after it."""

    act: ActName
    say: Localized | None = None
    """The words, where the script gives its own; else the persona's, the shared or the bank's."""
    payload: str | None = None
    """For an act that injects: ``family/payload``."""
    expect: Expectation = Expectation()
    hears: dict[Language, Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    """By language: words that the next message holds."""

    @model_validator(mode="after")
    def _can_be_said(self) -> "ScriptTurn":
        if self.say is not None and self.act not in _SAYABLE:
            raise ValueError(f"say: the words of '{self.act}' come from the bank; leave 'say' out")
        if self.payload is not None and not self.act.startswith("inject"):
            raise ValueError(f"payload: the act '{self.act}' injects nothing")
        if self.payload is not None and "/" not in self.payload:
            raise ValueError(
                f"payload: name one of the family, '{self.payload}/…'; `coach show attack {self.payload}` lists them"
            )
        return self

    def expected(self, language: Language) -> Expectation:
        """Return what is expected in an interview in ``language``."""
        return self.expect.model_copy(update={"says": (*self.expect.says, *self.hears.get(language, ()))})


class Script(Frozen):
    """One scripted interview. After its last turn the candidate says stop."""

    id: Identifier
    title: Localized
    description: Localized
    persona: Identifier
    scenario: Identifier
    seed: int = 7
    """Chooses the questions and the wordings, whatever the run's seed is."""
    turns: Annotated[tuple[ScriptTurn, ...], Field(min_length=1)]
    verdict: VerdictExpectation = VerdictExpectation()

    @model_validator(mode="after")
    def _starts_with_the_introduction(self) -> "Script":
        if self.turns[0].act != "introduce":
            raise ValueError("turns.0: the interviewer asks for an introduction first, so the first act is 'introduce'")
        return self
