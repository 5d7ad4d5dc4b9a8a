"""The interviewer: three agents, a session that enforces the invariants, replaceable policies."""

from coach.engine.session import InterviewSession
from coach.models.calling import Caller, CallMade, OnCall

__all__ = ["CallMade", "Caller", "InterviewSession", "OnCall"]
