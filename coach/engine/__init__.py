"""The interviewer: three agents, a session that enforces the invariants, replaceable policies."""

from coach.engine.agents import Caller, CallMade, OnCall
from coach.engine.session import InterviewSession

__all__ = ["CallMade", "Caller", "InterviewSession", "OnCall"]
