"""The measures that an interview log can't show, each with its group's reason."""

from collections.abc import Container, Iterator, Mapping

from coach.scoring.figures import unscored
from coach.scoring.model import Measure
from coach.scoring.registry import MEASURES, unit_of

NOT_IN_LOGS: Mapping[str, str] = {
    "truth": "nobody has labelled the replies beside the one who meant them",
    "acceptance": "no script says what should come",
    "detection": "a log does not hold what each reply was meant to be",
    "anchor": "a log does not hold which question is active and which replies may close it",
    "injection": "a log does not hold which replies are attacks, and on what",
    "metamorphic": "a log has no twin that says the same otherwise",
    "stability": "a log is of one interview, not of the same one again",
    "difficulty": "a log holds no levels, and nobody knows the candidate's",
    "verdict": "nobody knows the candidate's true grade and gaps",
    "conformance.in_scope": "which technologies a question is about only its bank tells",
    "cost": "a log holds no tokens, prices and times",
    "health": "a log holds no calls and does not say what ended it",
}
"""By group of measures, or by measure: why a log can't show it."""
OTHERWISE = "a log does not hold what it is computed from"


def not_in_logs(shown: Container[str]) -> Iterator[Measure]:
    """Yield every measure but those ``shown``, without a value and with its own reason or its group's."""
    for name in MEASURES:
        if name not in shown:
            yield unscored(name, unit_of(name), {}, NOT_IN_LOGS.get(group_of(name), OTHERWISE))


def group_of(name: str) -> str:
    """Return the key of ``NOT_IN_LOGS`` that a measure falls under: its own, else its group."""
    return name if name in NOT_IN_LOGS else name.split(".")[0]
