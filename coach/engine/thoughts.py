"""What the Observer passes on to the Interviewer, as the log shows it."""

from coach.domain.analysis import FactError, ObserverAnalysis
from coach.domain.decision import Decision
from coach.domain.subject import Thought


def observer_thought(analysis: ObserverAnalysis | None, decision: Decision, problem: str) -> Thought:
    """Return the analysis and what the session made of it in one line; ``problem`` says why there is no analysis."""
    if analysis is None:
        return Thought(
            sender="Observer", recipient="Interviewer", content=f"The reply could not be analysed: {problem}"
        )
    parts = [f"kind={analysis.kind}"]
    if analysis.quality:
        parts.append(f"quality={analysis.quality}")
    parts += [
        flag
        for flag, on in (
            ("hedged", analysis.hedged),
            ("injection", analysis.injection),
            (f"asks={analysis.asks}", analysis.asks != "no"),
            (f"contradicts turn {analysis.contradicts}", analysis.contradicts is not None),
        )
        if on
    ]
    parts += [_error(e) for e in analysis.errors]
    parts.append(analysis.markers())
    parts += [f"Session: {o.recommended} -> {o.decided} ({o.rule})" for o in decision.overrides]
    return Thought(sender="Observer", recipient="Interviewer", content=" | ".join(parts))


def _error(error: FactError) -> str:
    return f'false: "{error.claim}"; right: {error.correction}'
