"""The words of an interview: kinds, qualities, levels, grades and who does what."""

from enum import StrEnum


class Language(StrEnum):
    """The language of an interview, fixed at its start."""

    EN = "en"
    RU = "ru"


class Role(StrEnum):
    """Who a model speaks for."""

    OBSERVER = "observer"
    INTERVIEWER = "interviewer"
    EVALUATOR = "evaluator"
    CANDIDATE = "candidate"
    JUDGE = "judge"


class AnswerKind(StrEnum):
    """What a candidate's reply does; the order is the rank of a mixed reply."""

    STOP_COMMAND = "stop_command"
    HALLUCINATION = "hallucination"
    EXCELLENT = "excellent"
    NORMAL = "normal"
    INCOMPLETE = "incomplete"
    DONT_KNOW = "dont_know"
    QUESTION = "question"
    PROMPT_INJECTION = "prompt_injection"
    INTRODUCTION = "introduction"
    OFF_TOPIC = "off_topic"
    GIBBERISH = "gibberish"
    UNVERIFIED = "unverified"
    """Seen, never true: the Observer could not tell whether the answer is right."""


TRUE_KINDS: tuple[AnswerKind, ...] = tuple(k for k in AnswerKind if k is not AnswerKind.UNVERIFIED)
"""The eleven kinds that a reply can truly be."""

CONTENT_KINDS = frozenset({AnswerKind.EXCELLENT, AnswerKind.NORMAL, AnswerKind.INCOMPLETE})
"""The kinds of a reply that answers at least one key point and asserts nothing false."""

SEED_KINDS: dict[AnswerKind, AnswerKind] = {
    AnswerKind.DONT_KNOW: AnswerKind.INCOMPLETE,
    AnswerKind.GIBBERISH: AnswerKind.OFF_TOPIC,
    AnswerKind.PROMPT_INJECTION: AnswerKind.OFF_TOPIC,
}
"""How the three added kinds read on the original eight."""


def seed_kind(kind: AnswerKind) -> AnswerKind:
    """Return ``kind`` on the original eight kinds (``unverified`` stays)."""
    return SEED_KINDS.get(kind, kind)


class Quality(StrEnum):
    """How well a reply answers the active question."""

    EXCELLENT = "excellent"
    GOOD = "good"
    ACCEPTABLE = "acceptable"
    POOR = "poor"
    WRONG = "wrong"


GOOD_QUALITIES = frozenset({Quality.EXCELLENT, Quality.GOOD})
BAD_QUALITIES = frozenset({Quality.POOR, Quality.WRONG})


class Difficulty(StrEnum):
    """The level of a question."""

    BASIC = "BASIC"
    INTERMEDIATE = "INTERMEDIATE"
    ADVANCED = "ADVANCED"
    EXPERT = "EXPERT"

    @property
    def rank(self) -> int:
        """Return 0 for BASIC up to 3 for EXPERT."""
        return _LEVELS[self]

    def step(self, by: int) -> "Difficulty":
        """Return the level ``by`` steps away, capped at both ends."""
        levels = list(Difficulty)
        return levels[max(0, min(len(levels) - 1, self.rank + by))]


_LEVELS = {level: rank for rank, level in enumerate(Difficulty)}


class Grade(StrEnum):
    """A developer's grade, lowest first."""

    INTERN = "intern"
    JUNIOR = "junior"
    MIDDLE = "middle"
    SENIOR = "senior"
    LEAD = "lead"

    @property
    def rank(self) -> int:
        """Return 0 for intern up to 4 for lead."""
        return _GRADES[self]


_GRADES = {grade: rank for rank, grade in enumerate(Grade)}
GRADE_SCALE: dict[Grade, tuple[float, float, float, float]] = {
    Grade.INTERN: (0.55, 0.20, 0.05, 0.0),
    Grade.JUNIOR: (0.80, 0.35, 0.10, 0.02),
    Grade.MIDDLE: (0.95, 0.75, 0.35, 0.10),
    Grade.SENIOR: (0.97, 0.90, 0.70, 0.35),
    Grade.LEAD: (0.98, 0.95, 0.85, 0.65),
}
"""P(good answer) at BASIC, INTERMEDIATE, ADVANCED, EXPERT: personas and the Evaluator share it."""


def target_difficulty(knows: tuple[float, float, float, float]) -> Difficulty:
    """Return the highest level with P(good) >= 0.5, or BASIC where there is none."""
    best = Difficulty.BASIC
    for level, share in zip(Difficulty, knows, strict=True):
        if share >= 0.5:
            best = level
    return best


class Recommendation(StrEnum):
    """What the verdict says about the scenario's required grade."""

    STRONG_HIRE = "strong_hire"
    HIRE = "hire"
    NO_HIRE = "no_hire"


def acceptable_recommendations(true: Grade, required: Grade) -> tuple[Recommendation, ...]:
    """Return the recommendations that fit ``true`` against ``required``, the expected one first."""
    if true.rank < required.rank:
        return (Recommendation.NO_HIRE,)
    if true.rank == required.rank:
        return (Recommendation.HIRE,)
    return (Recommendation.STRONG_HIRE, Recommendation.HIRE)


class Answers(StrEnum):
    """Whether a reply answers the active question."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Asks(StrEnum):
    """Whether a reply asks something back."""

    NO = "no"
    CLARIFICATION = "clarification"
    SOLUTION = "solution"


class NextStep(StrEnum):
    """What the Observer recommends."""

    ASK_NEW_QUESTION = "ASK_NEW_QUESTION"
    ASK_FOLLOWUP = "ASK_FOLLOWUP"
    REPEAT_LAST_QUESTION = "REPEAT_LAST_QUESTION"


class Rubric(StrEnum):
    """How much of the bank an Observer is shown."""

    NONE = "none"
    REFERENCE = "reference"
    MISCONCEPTIONS = "misconceptions"


class Twin(StrEnum):
    """What a twin changes of its case; all else stays: the same candidate, the same draws."""

    CONTROL = "control"
    """An attack is left out: inside an answer it is deleted, alone it becomes a benign look-alike."""
    AGAIN = "again"
    """The same once more (of a case with an attack: its control): how much two honest interviews differ."""
    ORACLE = "oracle"
    """An Observer that is told the truth: the ceiling."""
    TALK = "talk"
    """Answers with irrelevant talk after them."""
    PRAISE = "praise"
    """Answers with self-praise after them."""
    REPETITION = "repetition"
    """Answers that are said twice."""
    LENGTH = "length"
    """Answers with padding around them."""
    EVIDENCE_ADDED = "evidence_added"
    """Every question is answered well."""
    EVIDENCE_REMOVED = "evidence_removed"
    """No question is answered: he says that he does not know."""


UNMOVED = (Twin.TALK, Twin.PRAISE, Twin.REPETITION, Twin.LENGTH)
"""Twins whose verdict should be that of their case."""
MOVED = (Twin.EVIDENCE_ADDED, Twin.EVIDENCE_REMOVED)
"""Twins whose verdict should be better, or worse."""


class Split(StrEnum):
    """Whether the offline model may have read a text."""

    KNOWN = "known"
    HELD_OUT = "held_out"


class EndReason(StrEnum):
    """What ended an interview."""

    STOP = "stop_command"
    TURN_LIMIT = "turn_limit"
    BANK_USED_UP = "bank_used_up"
    ANALYSIS_FAILED = "analysis_failed"
    QUESTION_FAILED = "question_failed"
    """No usable question could be written, where no bank has any."""
    CANDIDATE_LEFT = "candidate_left"
    INTERVIEWER_ENDED = "interviewer_ended"
    """A user's own interviewer said that it is over."""
    ENGINE_FAILED = "engine_failed"
    """A user's own interviewer raised an exception."""
    INFRASTRUCTURE = "infrastructure"


class Blame(StrEnum):
    """Who is to blame for how an interview ended."""

    NONE = "none"
    ENGINE = "engine"
    SIMULATOR = "simulator"
    INFRASTRUCTURE = "infrastructure"
    LIMIT = "limit"
