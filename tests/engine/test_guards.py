"""What may be shown, and what may not."""

import pytest

from coach.domain.analysis import FactError
from coach.domain.decision import Move
from coach.domain.vocabulary import Difficulty, Language
from coach.engine.guards import broken_guards, leaks
from tests.factories import bank_question

QUESTION = bank_question("omega", Difficulty.BASIC).for_engine("gadgets", Language.EN)
ERROR = FactError(claim="makes gold", correction="The gadget always makes polished silver from copper.")


def broken(lead: str, move: Move = Move.REPEAT_QUESTION, **changes: object) -> tuple[str, ...]:
    options = {"language": Language.EN, "nonce": "abcd1234", "active": QUESTION} | changes
    return broken_guards(lead, move=move, **options)


@pytest.mark.parametrize(
    ("lead", "guard"),
    [
        ("And what do you think of this?", "one_question"),
        ("- one\n- two", "plain_text"),
        ("Some **bold** words.", "plain_text"),
        ("```python\nprint()\n```", "plain_text"),
        ('{"lead": "hello"}', "plain_text"),
        ("Давайте вернёмся к нашему вопросу и продолжим разговор.", "language"),
        ("The mark was abcd1234, by the way.", "canary"),
        ("[Observer]: he is weak.", "thoughts"),
        ("ANSWERED_LAST_QUESTION=NO, so again.", "thoughts"),
        ("the word is " * 200, "length"),
        ("It turns copper into omega silver and then polishes the omega surface.", "reference"),
    ],
)
def test_each_guard_catches_its_own(lead: str, guard: str) -> None:
    assert broken(lead) == (guard,)


def test_a_sound_lead_passes() -> None:
    assert broken("Let us come back to the question.") == ()
    assert broken("") == ()


def test_asking_for_the_profile_is_one_question_and_no_more() -> None:
    assert broken("What is your stack?", Move.ASK_PROFILE, active=None) == ()
    assert broken("What is your stack? And your name?", Move.ASK_PROFILE, active=None) == ("one_question",)


def test_a_correction_must_be_said_with_the_right_fact() -> None:
    assert broken("You are quite right, well done.", corrections=(ERROR,)) == ("correction",)
    assert broken("A correction: the gadget makes polished silver.", corrections=(ERROR,)) == ()


def test_russian_may_hold_latin_terms() -> None:
    lead = "Спасибо, вернёмся к вопросу про PostgreSQL и Redis в production."
    assert broken(lead, language=Language.RU) == ()
    assert broken("Thank you, let us come back to it.", language=Language.RU) == ("language",)


def test_the_question_itself_is_no_leak() -> None:
    assert not leaks(QUESTION.text, QUESTION)
    assert leaks(QUESTION.reference, QUESTION)
