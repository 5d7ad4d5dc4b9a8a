"""Intents over a set of replies in both languages, written for this test."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from coach.offline.intents import Intents, kind_without_content, read_intents

QUESTIONS = {
    "en": "What is the difference between a list and a tuple in Python?",
    "ru": "Чем список отличается от кортежа в Python?",
}
_GROUPS = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(group, language, text, id=f"{group['group']}-{language}-{text[:40]}")
    for group in _GROUPS
    for language in ("en", "ru")
    for text in group[language]
]
_FLAGS = {
    "injection": "injection",
    "active": "asks_about_active",
    "hedged": "hedged",
    "opinion": "opinion",
    "stop": "stop",
}


def seen(intents: Intents, stage: str) -> str:
    kind = kind_without_content(intents, introduction=stage == "introduction")
    return "content" if kind is None else str(kind)


@pytest.mark.parametrize(("group", "language", "text"), CASES)
def test_reply_means_what_its_group_says(group: dict[str, Any], language: str, text: str) -> None:
    stage = group.get("stage", "questions")
    intents = read_intents(text, QUESTIONS[language] if stage == "questions" else None, stage)
    if "kind" in group:
        assert seen(intents, stage) == group["kind"], intents
    if "asks" in group:
        assert intents.asks == group["asks"], intents
    for key, flag in _FLAGS.items():
        if key in group:
            assert getattr(intents, flag) is group[key], intents


def test_the_set_is_large_and_covers_both_languages() -> None:
    assert len(CASES) >= 300
    assert all(group["en"] and group["ru"] for group in _GROUPS)
