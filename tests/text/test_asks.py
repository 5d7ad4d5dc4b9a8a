import pytest

from coach.text.asks import QuestionIndex, asks

TEXTS = {
    "list": "How does a list differ from a tuple in Python?",
    "list#hash": "Which of a list and a tuple can be a dictionary key?",
    "put": "What does it mean that an HTTP method is idempotent, and which methods are?",
    "put#retry": "Why does idempotency matter to a client that had a timeout?",
    "gil": "What is the GIL and how does it affect CPU-bound threads?",
    "loop": "What happens when a coroutine makes a blocking call?",
    "index": "When does PostgreSQL not use an index that exists?",
    "wal": "What is the write-ahead log for?",
    "fix": "What is a pytest fixture and what scopes can it have?",
    "ru-list": "Чем в Python список отличается от кортежа?",
    "ru-gil": "Что такое GIL и как он влияет на CPU-bound потоки?",
}
PARAPHRASES = {
    "list": "Good. Tell me, in what way do tuples and lists differ?",
    "list#hash": "Fine. Could a list be a key of a dictionary, or only a tuple?",
    "put": "Let's talk about HTTP: which methods are idempotent, and what does idempotent mean?",
    "put#retry": "And why would a client care about idempotency after a timeout?",
    "gil": "How are CPU-bound threads affected by the GIL, and what is it?",
    "loop": "Suppose a coroutine makes a call that blocks. What happens?",
    "index": "In which cases will PostgreSQL ignore an existing index?",
    "wal": "Could you explain the purpose of the write-ahead log?",
    "fix": "Which scopes can fixtures in pytest have, and what are they?",
    "ru-list": "Хорошо. Какие отличия у кортежа и списка?",
    "ru-gil": "Расскажите, как GIL влияет на CPU-bound потоки?",
}
INDEX = QuestionIndex(TEXTS)
BANK = list(TEXTS.values())


@pytest.mark.parametrize("name", TEXTS)
def test_a_question_is_found_word_for_word_after_any_lead(name: str) -> None:
    lead = "That is not so: a list is no dictionary key, and PUT is idempotent.\n\n"
    mangled = f"{lead}  {TEXTS[name].upper().replace(' ', '  ')}"
    assert INDEX.find(mangled) == name
    assert asks(mangled, TEXTS[name], BANK) == "same"


@pytest.mark.parametrize("name", PARAPHRASES)
def test_a_paraphrase_is_never_taken_for_another_question(name: str) -> None:
    assert INDEX.find(PARAPHRASES[name]) in (name, None)


def test_most_paraphrases_are_found() -> None:
    found = [name for name, text in PARAPHRASES.items() if INDEX.find(text) == name]
    assert len(found) >= 0.8 * len(PARAPHRASES), sorted(set(PARAPHRASES) - set(found))


@pytest.mark.parametrize(
    "message", ["Thank you, that was all.", "How are you today?", "", "Which technologies do you know?"]
)
def test_what_asks_no_question_of_the_bank_is_unknown(message: str) -> None:
    assert INDEX.find(message) is None
    assert asks(message, TEXTS["gil"], BANK) == "unknown"


def test_another_question_is_other() -> None:
    assert asks(TEXTS["loop"], TEXTS["gil"], BANK) == "other"
    assert asks(PARAPHRASES["loop"], TEXTS["gil"], BANK) == "other"
    assert asks(PARAPHRASES["loop"], TEXTS["loop"], BANK) == "same"


def test_the_question_need_not_be_among_the_others() -> None:
    others = [t for n, t in TEXTS.items() if n != "wal"]
    assert asks("So what is the write-ahead log good for?", TEXTS["wal"], others) == "same"
    assert asks(TEXTS["gil"], TEXTS["wal"], others) == "other"


def test_the_longest_of_the_questions_held_word_for_word_counts() -> None:
    nested = QuestionIndex({"short": "What is the GIL?", "long": "And what is the GIL? How do threads live with it?"})
    assert nested.find("And what is the GIL? How do threads live with it?") == "long"
    assert nested.find("So, what is the GIL?") == "short"


def test_an_empty_index_finds_nothing() -> None:
    assert QuestionIndex({}).find("What is the GIL?") is None
