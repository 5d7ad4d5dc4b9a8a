import pytest

from coach.offline.earlier import years_of


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("7 years", 7.0),
        ("four years", 4.0),
        ("14 months", 14 / 12),
        ("half a year", 0.5),
        ("полгода", 0.5),
        ("полтора года", 1.5),
        ("3,5 года", 3.5),
        ("пять лет", 5.0),
        ("год", 1.0),
        ("восемь месяцев", 8 / 12),
        ("some time", None),
        ("", None),
        (None, None),
    ],
)
def test_years_are_read(text: str | None, years: float | None) -> None:
    assert years_of(text) == years
