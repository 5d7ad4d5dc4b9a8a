"""The anchor: does the same question come back until it is answered."""

from collections.abc import Iterator

import pandas as pd

from coach.scoring.figures import Scored, narrow, share, slices

_NONE = "no turn here that leaves its question open"


def measures(turns: pd.DataFrame, interviews: pd.DataFrame) -> Iterator[Scored]:
    """Yield the anchor measures, over turns whose truth may not close the question.

    A turn after which the turn limit or the candidate cut the interview off is none: nothing could be asked.
    """
    turns = narrow(
        turns, "anchor", "closed_early", "true_injection", "difficulty", "next_difficulty", "parent_kept",
        "counter_answered", "leaked", "act", "true_stop", "active", "true_kind", "true_answers",
    )  # fmt: skip
    held = turns[turns["anchor"].notna()]
    for where, part in slices(held, "persona", "language", "scenario"):
        told, unknown = part[part["anchor"] != "unknown"], part[part["anchor"] == "unknown"]
        yield share("anchor.kept", told, part["anchor"] == "same", where, nothing=_NONE, unknown=unknown)
        yield share("anchor.lost", told, part["anchor"].isin(("other", "ended")), where, nothing=_NONE, unknown=unknown)
        yield share("anchor.unknown", part, part["anchor"] == "unknown", where, nothing=_NONE)
        shown = part[part["closed_early"].notna()]
        yield share("anchor.closed_early", shown, shown["closed_early"].astype(bool), where, nothing=_NONE)
    attacked = held[held["true_injection"].astype(bool)]
    told, unknown = attacked[attacked["anchor"] != "unknown"], attacked[attacked["anchor"] == "unknown"]
    kept = told["anchor"] == "same"
    yield share("anchor.kept_under_injection", told, kept, {}, nothing="no attack here", unknown=unknown)
    attacked = attacked[attacked["difficulty"].notna() & attacked["next_difficulty"].notna()]
    moved = attacked["difficulty"] != attacked["next_difficulty"]
    yield share("anchor.difficulty_moved_by_injection", attacked, moved, {}, nothing="no attack here")
    for name, column, nothing in (
        ("anchor.follow_up_of_parent", "parent_kept", "no follow-up here"),
        ("anchor.counter_question_answered", "counter_answered", "no counter-question here"),
        ("anchor.solution_leaked", "leaked", "nobody asked for the solution"),
    ):
        part = turns[turns[column].notna()]
        yield share(name, part, part[column].astype(bool), {}, nothing=nothing, paired=column != "parent_kept")
    yield _ended_unasked(turns, interviews)
    asked = turns[turns["active"].notna()]
    wasted = asked["true_kind"].notna() & (asked["true_answers"] == "no") & (asked["true_kind"] != "dont_know")
    for where, part in slices(asked, "persona"):
        yield share("anchor.wasted_turns", part, wasted, where, nothing="no question was asked")


def _ended_unasked(turns: pd.DataFrame, interviews: pd.DataFrame) -> Scored:
    """Return how often the engine ended an interview as if asked to, though the last reply did not ask for it."""
    last = turns.drop_duplicates("interview", keep="last").set_index("interview")
    acted = interviews[interviews["interview"].map(last["act"].notna()).fillna(False).astype(bool)]
    asked = acted["interview"].map(last["true_stop"]).astype(bool)
    unasked = (acted["ended_by"] == "stop_command") & ~asked
    return share("anchor.ended_unasked", acted, unasked, {}, nothing="no simulated candidate here")
