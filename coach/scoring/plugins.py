"""Users' own measures: functions over the tables that installed packages offer (entry point ``coach.scorers``)."""

from collections.abc import Callable, Iterable, Mapping

from coach import plugins
from coach.errors import UsageError
from coach.scoring.figures import Scored, finished
from coach.scoring.model import Measure
from coach.scoring.registry import MEASURES
from coach.scoring.tables import Tables

Scorer = Callable[[Tables], Iterable[Scored]]
"""Returns figures or measures whose names begin with the entry point's name and a dot."""


def installed() -> dict[str, Scorer]:
    """Return the scorers that installed packages offer, by name. Raises UsageError where one can't be imported."""
    taken = {name.split(".")[0] for name in MEASURES}
    found = {}
    for name in plugins.offered(plugins.SCORERS):
        if name in taken:
            raise UsageError(
                f"entry point {plugins.SCORERS} '{name}': this group of measures is coach's own; rename it"
            )
        found[name] = plugins.load(plugins.SCORERS, name, f"scorer {name}")
    return found


def own_measures(tables: Tables, scorers: Mapping[str, Scorer], seed: int) -> tuple[list[Measure], list[str]]:
    """Return the measures of users' own scorers, and a notice for each scorer that failed.

    One that raises or returns what is no measure of its own costs its own figures only.
    """
    measures: list[Measure] = []
    notices: list[str] = []
    for name, scorer in scorers.items():
        try:
            found = list(finished(scorer(tables), seed))
            strangers = [m.name for m in found if not m.name.startswith(f"{name}.")]
        except Exception as error:  # a user's code may raise anything; the run's own figures are not lost to it
            notices.append(f"Your scorer '{name}' failed, its measures are left out: {type(error).__name__}: {error}")
            continue
        if strangers:
            notices.append(
                f"Your scorer '{name}' returned '{strangers[0]}', which is not its own: names begin with '{name}.'; "
                "its measures are left out."
            )
            continue
        measures += found
    return measures, notices
