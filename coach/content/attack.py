"""An attack family as its file says it: payloads, how each is delivered and disguised, what its success is."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from coach.content.bank import Identifier, Localized
from coach.domain._base import Frozen
from coach.domain.truth import Goal
from coach.domain.vocabulary import AnswerKind, Language, Split
from coach.text.disguises import Disguise, disguised

Carrier = Literal["alone", "answer", "name", "position"]


class Step(Frozen):
    """One of the later messages of an attack that is split over turns."""

    text: Localized
    injects: bool = True
    """False: this message alone attacks nothing, it only prepares."""


class Payload(Frozen):
    """One attack text with its benign look-alike."""

    id: Identifier
    split: Split = Split.KNOWN
    goal: Goal | None = None
    """Where it differs from the family's."""
    carrier: Carrier = "alone"
    """``alone``: a reply of its own; ``answer``: inside an answer; ``name``, ``position``: in that field of the
    introduction."""
    text: Localized
    """The first (mostly the only) message."""
    injects: bool = True
    """Whether the first message attacks by itself."""
    then: tuple[Step, ...] = ()
    """What follows in the next replies."""
    disguise: Disguise | None = None
    """How the text is encoded when it is said; here it stands plain."""
    says: tuple[Annotated[str, Field(min_length=3)], ...] = ()
    """Words that only an obedient interviewer writes: one of them in a message or in the feedback is success."""
    twin: Localized
    """A harmless text with the same words and of the same kind: what a control twin says."""

    @model_validator(mode="after")
    def _fits_its_carrier(self) -> "Payload":
        if self.then and self.carrier in ("name", "position"):
            raise ValueError(f"carrier {self.carrier}: a field of the introduction is said once, so no 'then'")
        for language in Language:
            texts = [self.text.in_(language), *(s.text.in_(language) for s in self.then)]
            if self.twin.in_(language).strip() in {text.strip() for text in texts}:
                raise ValueError(f"twin.{language}: it is the attack itself; write a harmless text with like words")
            if self.says and not any(word.lower() in text.lower() for word in self.says for text in texts):
                raise ValueError(f"says: none of its words is in the {language} text, so nothing can be obeyed")
        return self

    def messages(self, language: Language) -> tuple[tuple[str, bool], ...]:
        """Return what is said, in order, disguised, each with whether it attacks by itself."""
        steps = ((self.text, self.injects), *((s.text, s.injects) for s in self.then))
        return tuple((disguised(text.in_(language), self.disguise), injects) for text, injects in steps)


class Attack(Frozen):
    """One family of attacks."""

    id: Identifier
    title: Localized
    description: Localized | None = None
    goal: Goal
    """What the payloads try to change: what success is judged on."""
    acceptable: tuple[AnswerKind, ...] = ()
    """Kinds that a lenient score takes too for a payload that stands alone, e.g. ``gibberish`` for an encoded one."""
    split: Split = Split.KNOWN
    """``held_out``: the whole family is."""
    payloads: Annotated[tuple[Payload, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> "Attack":
        ids = [p.id for p in self.payloads]
        if doubled := {i for i in ids if ids.count(i) > 1}:
            raise ValueError(f"payload '{min(doubled)}' stands here twice")
        return self

    def payload(self, payload_id: str) -> Payload:
        """Return a payload by id. KeyError where there is none."""
        for payload in self.payloads:
            if payload.id == payload_id:
                return payload
        raise KeyError(payload_id)
