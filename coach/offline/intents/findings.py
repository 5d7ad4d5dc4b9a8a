"""What one sentence of a reply was found to do."""

from dataclasses import dataclass, field

from coach.domain.analysis import CandidateProfile
from coach.offline.intents.evidence import Evidence
from coach.offline.intents.questions import Asked
from coach.offline.intents.reading import Sentence, Span
from coach.offline.intents.stop import NONE


@dataclass(slots=True)
class Found:
    """What one sentence was found to do."""

    sentence: Sentence
    tech: float
    asks: bool
    evidence: list[Evidence] = field(default_factory=list)
    forged: bool = False
    stop: int = NONE
    asked: Asked | None = None
    settled: bool = False
    """What it does is known from the whole reply: nothing else is read from it."""
    retracts: bool = False
    dont_know: bool = False
    partial: bool = False
    hedged: bool = False
    opinion: bool = False
    chatter: float | None = None
    small_talk: bool = False
    profile: CandidateProfile | None = None
    removed: list[Span] = field(default_factory=list)

    @property
    def whole(self) -> Span:
        """Return the span of all tokens."""
        return (0, len(self.sentence.tokens))

    def drop(self, span: Span | None = None) -> None:
        """Take ``span`` (or all) out of the substance."""
        self.removed.append(span or self.whole)

    def kept(self) -> list[Span]:
        """Return the token spans that are left."""
        gone = {i for a, b in self.removed for i in range(a, b)}
        spans: list[Span] = []
        for i in range(len(self.sentence.tokens)):
            if i in gone:
                continue
            if spans and spans[-1][1] == i:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
        return spans
