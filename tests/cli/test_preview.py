"""``coach show persona NAME --preview`` says what each persona would say, with what is true of it."""

import pytest

from coach.cli import run
from coach.content.library import Library


@pytest.mark.parametrize("persona", sorted(Library().personas))
def test_each_persona_speaks_in_both_languages(persona: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "persona", persona, "--preview"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("introduce: truly introduction") == 2
    assert shown.count("stop: truly stop_command") == 2
    assert "{position}" not in shown
    assert "{stack}" not in shown


def test_acts_come_with_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "persona", "hallucinator", "--preview"]) == 0
    assert "  hallucinate: truly hallucination" in capsys.readouterr().out


def test_only_personas_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "attack", "role_play", "--preview"]) == 2
    assert "--preview is of a persona" in capsys.readouterr().err
