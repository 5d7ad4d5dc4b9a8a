import pytest

from coach.offline.contradiction import denied_by
from coach.offline.likeness import Weights, likeness, unit, units

EVEN = Weights({})


def alike(one: str, other: str) -> float:
    return likeness(unit(one), unit(other), EVEN)


def test_a_statement_is_most_like_itself() -> None:
    assert alike("A tuple is immutable", "Tuples are immutable.") == pytest.approx(1.0)
    assert alike("A tuple is immutable", "Redis stores keys") == 0.0


@pytest.mark.parametrize(
    ("claim", "same", "contrary"),
    [
        ("A tuple can be changed", "Tuples are mutable", "A tuple is immutable"),
        ("POST is idempotent", "POST methods are idempotent", "POST is not idempotent"),
        ("Кортеж можно изменить", "кортежи изменяемы", "Кортеж неизменяемый"),
        ("Индекс ускоряет запись", "индексы ускоряют запись", "Индекс замедляет запись"),
        ("A list is a key, a tuple is not", "lists are keys", "a tuple is a key"),
    ],
)
def test_polarity_tells_a_claim_from_its_contrary(claim: str, same: str, contrary: str) -> None:
    assert alike(claim, same) > 0.3 > 0.25 > alike(claim, contrary)


def test_an_elliptic_denial_takes_the_predicate_of_the_clause_before() -> None:
    assert alike("PUT идемпотентен, POST нет", "POST идемпотентен") < alike(
        "PUT идемпотентен, POST нет", "POST не идемпотентен"
    )


def test_swapped_subjects_differ_by_their_pairs() -> None:
    truth = "The client sends a token while the server checks a signature"
    swapped = "The server sends a token while the client checks a signature"
    assert alike(truth, swapped) < 0.95 < alike(truth, truth)


@pytest.mark.parametrize(
    "text", ["It's a myth that X blocks Y", "Многие думают, что X блокирует Y", "Неверно, что X блокирует Y"]
)
def test_reported_claims_are_refuted(text: str) -> None:
    assert unit(text).refuted


def test_clauses_come_after_their_sentence() -> None:
    assert [u.text for u in units("A list grows fast, but a tuple stays small. Why?")] == [
        "A list grows fast, but a tuple stays small.",
        "A list grows fast",
        "but a tuple stays small.",
    ]


class TestDenial:
    truths = [unit("The GIL protects the interpreter state"), unit("Threads share memory of a process")]

    def test_turning_the_predicate_round_denies(self) -> None:
        denied = denied_by(unit("The GIL does not protect the interpreter state"), self.truths, EVEN)
        assert denied is not None
        assert denied.truth is self.truths[0]

    @pytest.mark.parametrize(
        "text",
        [
            "The GIL protects the interpreter state",
            "The GIL does not protect your own data structures",
            "If the GIL did not protect the interpreter state",
            "It's a myth that the GIL does not protect the interpreter state",
            "Does the GIL not protect the interpreter state?",
            "No GIL",
        ],
    )
    def test_agreement_conditions_and_other_predicates_do_not(self, text: str) -> None:
        assert denied_by(unit(text), self.truths, EVEN) is None
