"""A persona's acts, their words and their truth agree, and every draw is repeatable."""

import asyncio

import pytest

from coach.candidates import ScriptedCandidate, Sources, question_index
from coach.candidates.truths import TRUTHS, truth_of
from coach.content.library import Library
from coach.domain.truth import Utterance
from coach.domain.vocabulary import AnswerKind, Answers, Language, Quality, Split

LIBRARY = Library()
BANK = LIBRARY.banks["python_backend"]
PERSONAS = tuple(LIBRARY.personas)


def candidate(persona: str, language: Language = Language.EN, seed: int = 7, case: str = "c") -> ScriptedCandidate:
    chosen = LIBRARY.personas[persona]
    sources = Sources(
        persona=chosen,
        bank=BANK,
        phrases=LIBRARY.phrases,
        attacks=tuple(LIBRARY.attacks[a] for a in chosen.attacks),
        language=language,
    )
    return ScriptedCandidate(sources, question_index(BANK, language), seed=seed, case=case)


def talk(who: ScriptedCandidate, language: Language, rounds: int = 10) -> list[Utterance]:
    async def run() -> list[Utterance]:
        said = [await who.reply("Hello!")]
        return said + [
            await who.reply(f"Fine. {question.question.in_(language)}") for question in BANK.questions[:rounds]
        ]

    return asyncio.run(run())


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("language", Language)
def test_every_reply_has_words_and_a_truth_that_fits_its_act(persona: str, language: Language) -> None:
    for seed in range(5):
        for said in talk(candidate(persona, language, seed), language):
            act = said.act
            assert said.text
            assert act is not None
            truth = truth_of(act.act)
            keep = {"question_id": None, "misconception_id": None, "profile": None}
            assert act.truth.model_copy(update=keep) == truth
            assert act.truth.kind is not AnswerKind.UNVERIFIED
            assert (act.truth.misconception_id is not None) == act.truth.errors
            assert (act.payload_id is not None) == ("inject" in act.act)


def test_the_same_seed_says_the_same_and_another_does_not() -> None:
    first, again, other = ([u.text for u in talk(candidate("hallucinator", seed=s), Language.EN)] for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_draw_does_not_move_because_the_order_of_questions_did() -> None:
    async def about(order: list[int]) -> dict[str, bool]:
        who = candidate("honest_junior")
        await who.reply("Hello!")
        knows = {}
        for i in order:
            said = await who.reply(BANK.questions[i].question.en)
            if said.act.act.startswith(("answer", "dont_know")):
                knows[BANK.questions[i].id] = said.act.act in ("answer:excellent", "answer:normal")
        return knows

    forward, backward = asyncio.run(about([0, 1, 2, 3])), asyncio.run(about([3, 2, 1, 0]))
    shared = forward.keys() & backward.keys()
    assert shared
    assert {k: forward[k] for k in shared} == {k: backward[k] for k in shared}


def test_the_honest_one_never_says_anything_false() -> None:
    for seed in range(30):
        for said in talk(candidate("honest_junior", seed=seed), Language.EN, rounds=8):
            assert not said.act.truth.errors


def test_a_follow_up_is_answered_with_its_point() -> None:
    question = BANK.questions[0]
    point = question.key_points[0]

    async def run() -> Utterance:
        who = candidate("topic_switcher", seed=3)
        await who.reply("Hello!")
        return await who.reply(f"Let us go deeper. {point.ask.en}")

    said = asyncio.run(run())
    assert said.act.truth.question_id == f"{question.id}#{point.id}"


def test_an_act_that_needs_a_question_is_substituted_where_there_is_none() -> None:
    async def run() -> list[Utterance]:
        who = candidate("hallucinator", seed=1)
        return [await who.reply("Hello! Tell me about yourself.") for _ in range(6)]

    said = asyncio.run(run())
    assert said[0].act.act == "introduce"
    for later in said[1:]:
        assert later.act.truth.question_id is None
        assert later.act.act in ("introduce", "claim")
        assert later.act.substituted == (later.act.planned != later.act.act)


def test_asked_again_a_persona_keeps_its_name() -> None:
    async def run() -> list[Utterance]:
        who = candidate("honest_junior", seed=1)
        return [await who.reply("Hello! Tell me about yourself.") for _ in range(3)]

    names = {u.act.truth.profile.name for u in asyncio.run(run()) if u.act.act == "introduce"}
    assert len(names) == 1


def test_held_out_is_what_the_content_says() -> None:
    by_id = {}
    for question in BANK.questions:
        for name in ("excellent", "normal", "incomplete", "wrong"):
            for i, wording in enumerate(question.answers.of(name).en):
                by_id[f"{BANK.id}/{question.id}/{name}/en/{i}"] = (question, wording)
    seen = set()
    for seed in range(10):
        for said in talk(candidate("topic_switcher", seed=seed), Language.EN):
            for text_id in said.act.text_ids:
                if text_id in by_id and len(said.act.text_ids) == 1:
                    question, wording = by_id[text_id]
                    held_out = Split.HELD_OUT in (question.split, wording.split)
                    assert (said.act.split is Split.HELD_OUT) == held_out
                    seen.add(held_out)
    assert seen == {True, False}


def test_truths_follow_the_table() -> None:
    assert truth_of("hallucinate").quality is Quality.WRONG
    assert truth_of("claim").answers is Answers.NO
    assert truth_of("inject+answer:normal").kind is AnswerKind.NORMAL
    assert truth_of("inject+answer:normal").injection
    assert truth_of("answer:normal+stop").kind is AnswerKind.STOP_COMMAND
    assert truth_of("answer:normal+stop").answers is Answers.YES
    assert truth_of("hedge_wrong").kind is AnswerKind.INCOMPLETE
    for truth in TRUTHS.values():
        assert truth.kind not in truth.acceptable
    with pytest.raises(KeyError):
        truth_of("juggle")
