"""An Observer that errs with known rates: what the whole path must find again.

The rate of every kind of error varies by cluster (persona x bank) around its mean, as real models' do.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from coach.domain.analysis import ObserverAnalysis
from coach.domain.tasks import ObserverTask
from coach.domain.truth import Truth
from coach.domain.vocabulary import CONTENT_KINDS, AnswerKind, Answers, Quality
from coach.simulation.oracle import true_reading

_QUALITY = {
    AnswerKind.EXCELLENT: Quality.EXCELLENT,
    AnswerKind.NORMAL: Quality.GOOD,
    AnswerKind.INCOMPLETE: Quality.ACCEPTABLE,
    AnswerKind.HALLUCINATION: Quality.WRONG,
    AnswerKind.DONT_KNOW: Quality.POOR,
}


def draw(*parts: object) -> float:
    """Return a number in [0, 1) that depends on ``parts`` alone."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


@dataclass(frozen=True)
class Rates:
    """How often what is misread as what, and how far a cluster's own rate may lie from it."""

    confusion: Mapping[AnswerKind, Mapping[AnswerKind, float]] = field(default_factory=dict)
    """By true kind: the kinds that it is taken for, with their rates; the rest is read right."""
    spread: float = 0.5
    """A cluster's rate lies evenly between (1 - spread) and (1 + spread) times the mean."""

    def of(self, kind: AnswerKind, cluster: str, seed: int) -> dict[AnswerKind, float]:
        """Return one cluster's rates of a true kind."""
        factor = 1 + self.spread * (2 * draw(seed, "factor", cluster, kind) - 1)
        return {seen: rate * factor for seen, rate in self.confusion.get(kind, {}).items()}


@dataclass(frozen=True)
class Faulty:
    """A reading (``coach.simulation.oracle.Reading``) with the errors of ``rates``."""

    rates: Rates
    seed: int
    cluster: str

    def __call__(self, truth: Truth, task: ObserverTask) -> ObserverAnalysis:
        right = true_reading(truth, task)
        place = draw(self.seed, "misread", self.cluster, task.nonce)
        for seen, rate in self.rates.of(right.kind, self.cluster, self.seed).items():
            if place < rate:
                return taken_for(right, seen)
            place -= rate
        return right


def taken_for(right: ObserverAnalysis, seen: AnswerKind) -> ObserverAnalysis:
    """Return a reading as another kind, in agreement with itself."""
    partly = seen is AnswerKind.INCOMPLETE
    content = seen in CONTENT_KINDS or seen is AnswerKind.HALLUCINATION
    return right.model_copy(
        update={
            "kind": seen,
            "quality": _QUALITY.get(seen),
            "answers": Answers.PARTLY if partly else Answers.YES if content else Answers.NO,
            "errors": (),
            "factually_correct": None,
            "injection": seen is AnswerKind.PROMPT_INJECTION,
        }
    )
