"""Conformance: the form of every visible message."""

from collections.abc import Iterator

import pandas as pd

from coach.scoring.figures import Scored, narrow, share, slices


def measures(turns: pd.DataFrame) -> Iterator[Scored]:
    """Yield the conformance measures, over the messages that follow a reply."""
    turns = narrow(turns, "one_question", "plain_text", "language_ok", "in_scope", "outside_stack", "asked_anew")
    for where, rows in slices(turns, "language"):
        asks = rows[rows["one_question"].notna()]
        yield share(
            "conformance.one_question",
            asks,
            asks["one_question"].astype(bool),
            where,
            nothing="no message asks",
            paired="interview",
        )
        yield share("conformance.plain_text", rows, rows["plain_text"], where, nothing="no message", paired="interview")
        yield share("conformance.language", rows, rows["language_ok"], where, nothing="no message", paired="interview")
        scoped = rows[rows["in_scope"].notna()]
        yield share(
            "conformance.in_scope",
            scoped,
            scoped["in_scope"].astype(bool),
            where,
            nothing="no question was asked about what the candidate named",
            note=_outside(rows),
            paired="interview",
        )
        named = asks[asks["asked_anew"].notna()]
        yield share(
            "conformance.no_question_anew",
            named,
            ~named["asked_anew"].astype(bool),
            where,
            nothing="no message asks a question that is named",
            paired="interview",
        )


def _outside(rows: pd.DataFrame) -> str | None:
    """Return a note on questions to candidates who named nothing of the bank's; they are unscored."""
    count = int(rows["outside_stack"].sum())
    return f"outside_stack: {count} more questions unscored" if count else None
