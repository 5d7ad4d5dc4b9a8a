"""Who is independent of whom."""

import pandas as pd
import pytest

from coach.scoring.clusters import THESE_PERSONAS, clusters_of


def rows(personas: int, questions: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"persona": f"p{p}", "bank": "b", "repeats": f"q{q}", "language": language}
            for p in range(personas)
            for q in range(questions)
            for language in ("en", "ru")
        ]
    )


def test_six_persona_bank_units_are_the_clusters() -> None:
    found = clusters_of(rows(6, 4))
    assert (found.count, found.note) == (6, None)
    assert len(set(found.codes.tolist())) == 6


@pytest.mark.parametrize("personas", [1, 5])
def test_fewer_fall_back_on_what_repeats_within_a_persona(personas: int) -> None:
    found = clusters_of(rows(personas, 4))
    assert (found.count, found.note) == (4 * personas, THESE_PERSONAS)
    assert found.codes.tolist() == [i // 2 for i in range(8 * personas)]
