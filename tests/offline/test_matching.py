import pytest

from coach.content.bank import Bank
from coach.domain.question import Question
from coach.domain.vocabulary import Language
from coach.offline.knowledge import Knowledge
from coach.offline.matching import Verdict, judge, judge_by_facts

EN, RU = Language.EN, Language.RU


def shown(bank: Bank, name: str, language: Language) -> Question:
    return bank.question(name).for_engine(bank.id, language)


def verdict(bank: Bank, knowledge: Knowledge, name: str, language: Language, reply: str) -> Verdict:
    return judge(shown(bank, name, language), reply, knowledge)


@pytest.mark.parametrize(
    ("language", "reply", "misconception"),
    [
        (EN, "POST is idempotent too.", "post-idempotent"),
        (EN, "Every repeat returns the same response, that is what idempotent means.", "same-response"),
        (RU, "POST тоже идемпотентен.", "post-idempotent"),
        (RU, "Каждый повтор обязан вернуть точно такой же ответ.", "same-response"),
    ],
)
def test_a_known_misconception_is_recognised_in_other_words(
    bank: Bank, knowledge: Knowledge, language: Language, reply: str, misconception: str
) -> None:
    found = verdict(bank, knowledge, "http-idempotency", language, reply)
    assert found.misconception is not None
    assert found.misconception.id == misconception
    assert found.error is not None
    assert found.error.claim in reply
    assert found.error.correction == found.misconception.correction


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        (EN, "POST is not idempotent."),
        (EN, "It's a myth that POST is idempotent."),
        (EN, "Many people think POST is idempotent."),
        (EN, "Is POST idempotent?"),
        (EN, "If POST were idempotent, a retry would be safe."),
        (EN, "PUT and DELETE are idempotent, POST is not."),
        (RU, "POST не идемпотентен."),
        (RU, "Это миф, что POST идемпотентен."),
        (RU, "Многие думают, что POST идемпотентен."),
        (RU, "PUT и DELETE идемпотентны, а POST нет."),
        (RU, "Ответ при этом может отличаться: второй DELETE вернёт 404."),
    ],
)
def test_what_refutes_a_misconception_is_not_taken_for_it(
    bank: Bank, knowledge: Knowledge, language: Language, reply: str
) -> None:
    assert verdict(bank, knowledge, "http-idempotency", language, reply).error is None


def test_no_right_wording_is_accused_when_it_is_new(bank: Bank, knowledge: Knowledge) -> None:
    accused = []
    for facts in knowledge.facts.values():
        for exemplar in facts.exemplars:
            if exemplar.misconception is None:
                fresh = facts.without(exemplar.text)
                if judge_by_facts(fresh, facts.question, exemplar.text, knowledge).error:
                    accused.append(exemplar.text)
    assert accused == []


def test_new_right_wordings_give_their_key_points(bank: Bank, knowledge: Knowledge) -> None:
    for facts in knowledge.facts.values():
        for exemplar in facts.exemplars:
            if exemplar.answer_class in ("excellent", "normal", "incomplete"):
                fresh = facts.without(exemplar.text)
                found = judge_by_facts(fresh, facts.question, exemplar.text, knowledge)
                assert found.covered == exemplar.covers, exemplar.text
                assert found.decided


def test_a_held_out_misconception_is_unverified_or_found_by_its_contradiction(bank: Bank, knowledge: Knowledge) -> None:
    one_type = verdict(bank, knowledge, "list-vs-tuple", EN, "A tuple stores values of a single type.")
    assert one_type.error is None
    assert not one_type.decided
    assert one_type.on_question
    delete = verdict(bank, knowledge, "http-idempotency", EN, "GET, PUT and DELETE are not idempotent.")
    assert delete.misconception is None
    assert delete.error is not None
    assert delete.error.correction


@pytest.mark.parametrize("language", [EN, RU])
def test_what_the_rubric_strips_is_looked_up(bank: Bank, knowledge: Knowledge, language: Language) -> None:
    whole = shown(bank, "http-idempotency", language)
    bare = whole.model_copy(update={"key_points": (), "misconceptions": (), "reference": ""})
    for reply in ("PUT and DELETE are idempotent, POST is not.", "POST idempotent", "PUT да, POST нет"):
        assert judge(bare, reply, knowledge) == judge(whole, reply, knowledge)


def test_a_follow_up_wants_its_one_point(bank: Bank, knowledge: Knowledge) -> None:
    whole = shown(bank, "list-vs-tuple", EN)
    follow_up = whole.follow_up(whole.key_points[2])
    found = judge(follow_up, "The tuple is smaller in memory, as far as I have measured.", knowledge)
    assert found.required == {"memory"}
    assert found.complete
    assert not judge(follow_up, "A tuple is immutable.", knowledge).complete
    wrong = judge(follow_up, "You can use a list as a key of a dictionary.", knowledge)
    assert wrong.misconception is not None


def test_nothing_near_is_undecided(bank: Bank, knowledge: Knowledge) -> None:
    found = verdict(bank, knowledge, "list-vs-tuple", EN, "Kubernetes schedules pods on nodes.")
    assert not found.decided
    assert not found.on_question
    assert found.error is None


def test_an_answer_beside_a_false_claim_is_seen(bank: Bank, knowledge: Knowledge) -> None:
    right = "Repeating it many times leaves the same state as once. PUT and DELETE are idempotent, not POST."
    wrong = "It means every repeat returns exactly the same response."
    both = verdict(bank, knowledge, "http-idempotency", EN, f"{right} {wrong}")
    assert both.error is not None
    assert both.beside_answer
    assert not verdict(bank, knowledge, "http-idempotency", EN, wrong).beside_answer
