"""coach: simulated candidates against a three-agent technical interviewer, scored."""

__version__ = "0.1.0"
