"""The final feedback, as the Evaluator writes it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from coach.domain._base import Frozen
from coach.domain.vocabulary import Grade, Recommendation


class Clarity(StrEnum):
    """How clearly the candidate speaks."""

    EXCELLENT = "Excellent"
    GOOD = "Good"
    AVERAGE = "Average"
    POOR = "Poor"


class Honesty(StrEnum):
    """How honest the candidate is."""

    HIGH = "High"
    QUESTIONABLE = "Questionable"
    LOW = "Low"


class Engagement(StrEnum):
    """How engaged the candidate is."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


class Verdict(Frozen):
    """Grade, recommendation for the required grade, and confidence in percent."""

    grade: Grade
    recommendation: Recommendation
    confidence: Annotated[int, Field(ge=0, le=100)]


class ConfirmedSkill(Frozen):
    """A skill and the turns and questions that bear it out."""

    topic: str
    details: str
    turn_ids: tuple[int, ...]
    question_ids: tuple[str, ...]


class KnowledgeGap(Frozen):
    """A gap, the turns and questions that bear it out, and the correct answer."""

    topic: str
    details: str
    turn_ids: tuple[int, ...]
    question_ids: tuple[str, ...]
    correct_answer: str


class TechnicalReview(Frozen):
    """Confirmed skills and knowledge gaps; no turn supports both."""

    confirmed_skills: tuple[ConfirmedSkill, ...] = ()
    knowledge_gaps: tuple[KnowledgeGap, ...] = ()


class ClarityNote(Frozen):
    """Clarity, and why."""

    value: Clarity
    details: str


class HonestyNote(Frozen):
    """Honesty, and why."""

    value: Honesty
    details: str


class EngagementNote(Frozen):
    """Engagement, and why."""

    value: Engagement
    details: str


class SoftSkills(Frozen):
    """Clarity, honesty and engagement, each with its reason."""

    clarity: ClarityNote
    honesty: HonestyNote
    engagement: EngagementNote


class RoadmapItem(Frozen):
    """What to learn next; priority 1 is the most urgent."""

    topic: str
    priority: Annotated[int, Field(ge=1, le=5)]
    reason: str
    resources: tuple[str, ...] = ()


class Roadmap(Frozen):
    """What to learn, in order, and a summary."""

    items: tuple[RoadmapItem, ...] = ()
    summary: str = ""


class InterviewFeedback(Frozen):
    """The whole feedback of one interview."""

    verdict: Verdict
    technical_review: TechnicalReview
    soft_skills: SoftSkills
    roadmap: Roadmap
    general_comments: str
