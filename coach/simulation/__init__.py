"""Matrix -> cells -> interviews: what drives a subject with a candidate, and runs many of them."""

from coach.simulation.cases import Cases
from coach.simulation.interview import Attempt, Recorder, conduct
from coach.simulation.runner import Outcome, Sink, Stop, run_cells

__all__ = ["Attempt", "Cases", "Outcome", "Recorder", "Sink", "Stop", "conduct", "run_cells"]
