"""A measure of one's own: how many replies an answered question takes."""

from collections.abc import Iterator

from coach.scoring.figures import Figure, mean, slices
from coach.scoring.tables import Tables


def pace(tables: Tables) -> Iterator[Figure]:
    """Yield ``pace.turns_per_answer`` by persona: replies an interview for each question that was answered in it."""
    turns = tables.turns
    answered = turns["answer"].notna().groupby(turns["interview"]).sum()
    rows = tables.interviews.set_index("interview", drop=False)
    rows = rows[answered.reindex(rows.index).fillna(0) > 0]
    values = (rows["turns"] / answered.reindex(rows.index)).astype(float)
    for where, part in slices(rows, "persona"):
        yield mean("pace.turns_per_answer", part, values, "turns", where, nothing="no question was answered")
