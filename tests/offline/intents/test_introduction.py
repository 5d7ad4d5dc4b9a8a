"""What is read of a candidate's profile, in both languages."""

import pytest

from coach.content.library import Library
from coach.domain.vocabulary import Grade, Language
from coach.offline.intents import read_intents

PROFILES = [
    (
        (
            "Hello! My name is Kate Brown, I'm a senior backend developer with 7 years of experience. "
            "Python, Redis, Docker."
        ),
        ("Kate Brown", "backend developer", Grade.SENIOR, "7 years", ("python", "redis", "docker")),
    ),
    (
        "hi, i'm a junior python developer, about two years with django and postgres",
        (None, "python developer", Grade.JUNIOR, "two years", ("python", "django", "postgresql")),
    ),
    (
        "Добрый день, меня зовут Олег, мидл, Python-разработчик, 4 года опыта: FastAPI, PostgreSQL, Celery",
        ("Олег", "Python-разработчик", Grade.MIDDLE, "4 года", ("python", "fastapi", "postgresql", "celery")),
    ),
    (
        "Я Марина, тимлид, пишу на питоне восемь лет, стек: редис, докер, кафка",
        ("Марина", "тимлид", Grade.LEAD, "восемь лет", ("python", "redis", "docker", "kafka")),
    ),
    (
        "Position: data engineer. Stack: Spark and Airflow.",
        (None, "data engineer", None, None, ("spark", "airflow")),
    ),
    ("стажёр, опыта пока нет, учу SQL", (None, None, Grade.INTERN, None, ("sql",))),
]


@pytest.mark.parametrize(("reply", "expected"), PROFILES)
def test_profile_is_read_field_by_field(reply: str, expected: tuple[object, ...]) -> None:
    intents = read_intents(reply, None, "introduction")
    p = intents.profile
    assert (p.name, p.position, p.grade, p.experience, p.technologies) == expected
    assert intents.introduces


def test_a_technology_that_is_denied_is_not_named() -> None:
    profile = read_intents("I write Python, never used Docker, not Kafka either.", None, "introduction").profile
    assert profile.technologies == ("python",)


def test_a_grade_of_somebody_else_is_not_the_candidates() -> None:
    assert read_intents("I'm a junior, our senior reviews my code.", None, "introduction").profile.grade is Grade.JUNIOR
    assert read_intents("Python, I work with a senior colleague.", None, "introduction").profile.grade is None


@pytest.mark.parametrize(
    "reply",
    [
        "Python looks up the attribute on the class, Redis keeps it in memory.",
        "Я бы взял Redis, он хранит ключи в памяти, и PostgreSQL для остального.",
        "A lead time of 3 years is in the contract table, so partition by year.",
    ],
)
def test_an_answer_is_no_introduction(reply: str) -> None:
    intents = read_intents(reply, "How would you cache it?", "questions")
    assert not intents.introduces
    assert intents.profile.technologies == ()


def test_a_claim_in_a_later_turn_is_still_read() -> None:
    later = read_intents("Honestly, I only have 1 year of experience.", "What is a lock?", "questions")
    assert later.profile.experience == "1 year"


@pytest.mark.parametrize("reply", ["What is your stack?", "Why do you ask?", "ок", "asdf"])
def test_nothing_about_oneself_is_no_introduction(reply: str) -> None:
    assert not read_intents(reply, None, "introduction").introduces


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("scenario", sorted(s.id for s in Library().scenarios.values() if not s.generated))
def test_every_technology_of_a_scenarios_roles_is_read_from_the_introduction(scenario: str, language: Language) -> None:
    library = Library()
    wanted = library.scenarios[scenario]
    bank = library.banks[wanted.bank].header
    for role in wanted.roles_in(language):
        text = {
            Language.EN: f"Hello, I'm Tim Reed, a middle {role.position}, three years in it. My stack is {role.stack}.",
            Language.RU: f"Здравствуйте, я Тимур Рид, мидл, {role.position}, опыт три года, мой стек: {role.stack}.",
        }[language]
        read = read_intents(text, None, "introduction").profile
        assert set(role.technologies) <= set(bank.in_own_words(read.technologies)), role.position
