"""Who replies: simulated candidates whose every act is known beforehand."""

from coach.candidates.finding import question_index
from coach.candidates.scripted import Candidate, ScriptedCandidate
from coach.candidates.simulated import SimulatedCandidate
from coach.candidates.words import Sources

__all__ = ["Candidate", "ScriptedCandidate", "SimulatedCandidate", "Sources", "question_index"]
