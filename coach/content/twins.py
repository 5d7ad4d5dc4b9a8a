"""Which cases of a matrix have which twins: drawn by the case's key, so that it does not move with the matrix."""

import hashlib

from coach.domain.cell import Case
from coach.domain.vocabulary import MOVED, UNMOVED, Twin

_HONEST = (*UNMOVED, *MOVED, Twin.AGAIN)
_CONTROLS_AGAIN = 4
"""Of so many attacks one has its control a second time."""


def twins_of(case: Case, share: float, *, injects: bool) -> tuple[Twin, ...]:
    """Return the twins of a case, ``share`` (0 … 1) of the cases having any.

    An attack has its control, and some have it twice. Others have the oracle and one of the changes that a verdict
    should bear, by turns. A script's interview is about the engine's rules: it has none.
    """
    if case.script is not None or _draw(case, "twins") >= share:
        return ()
    if injects:
        again = _draw(case, "again") < 1 / _CONTROLS_AGAIN
        return (Twin.CONTROL, Twin.AGAIN) if again else (Twin.CONTROL,)
    return (Twin.ORACLE, _HONEST[int(_draw(case, "change") * len(_HONEST))])


def _draw(case: Case, purpose: str) -> float:
    digest = hashlib.sha256(f"{case.key}|{purpose}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
