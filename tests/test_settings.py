"""Settings: where an endpoint and its key come from, and that no key goes where it does not belong."""

from pathlib import Path

import pytest

from coach.cli.options import choose
from coach.errors import UsageError
from coach.settings import OPENAI, load_settings


def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **variables: str) -> object:
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize(
    ("variables", "option", "endpoint"),
    [
        ({}, None, (None, None)),
        ({"COACH_BASE_URL": "http://a/v1", "COACH_API_KEY": "k"}, None, ("http://a/v1", "k")),
        ({"COACH_BASE_URL": "http://a/v1", "OPENAI_API_KEY": "o"}, None, ("http://a/v1", "o")),
        ({"OPENAI_BASE_URL": "http://o/v1", "OPENAI_API_KEY": "o", "LITELLM_API_KEY": "l"}, None, ("http://o/v1", "o")),
        ({"LITELLM_BASE_URL": "http://l/v1", "LITELLM_API_KEY": "l"}, None, ("http://l/v1", "l")),
        # A gateway is not shown the key of another endpoint.
        ({"LITELLM_BASE_URL": "http://l/v1", "OPENAI_API_KEY": "o"}, None, ("http://l/v1", None)),
        ({"OPENAI_BASE_URL": "http://o/v1", "LITELLM_API_KEY": "l"}, None, ("http://o/v1", None)),
        ({"OPENAI_API_KEY": "o"}, None, (OPENAI, "o")),
        ({"COACH_BASE_URL": "http://a/v1", "COACH_API_KEY": "k"}, "http://b/v1", ("http://b/v1", "k")),
        ({"COACH_BASE_URL": "", "LITELLM_BASE_URL": "http://l/v1"}, None, ("http://l/v1", None)),
    ],
)
def test_a_key_goes_with_its_own_address(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variables: dict[str, str],
    option: str | None,
    endpoint: tuple[str | None, str | None],
) -> None:
    settings_of(monkeypatch, tmp_path, **variables)
    assert load_settings().endpoint(option) == endpoint


def test_the_gateways_names_are_read_and_coachs_own_are_stronger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seed = {"LITELLM_MODEL": "m", "LITELLM_BASE_URL": "http://l/v1", "LITELLM_TIMEOUT": "7", "LITELLM_MAX_RETRIES": "1"}
    settings_of(monkeypatch, tmp_path, **seed, LITELLM_API_KEY="l")
    choice = choose(load_settings())
    assert (choice.label, choice.base_url, choice.api_key) == ("m", "http://l/v1", "l")
    assert (choice.timeout, choice.max_retries) == (7.0, 1)
    settings_of(monkeypatch, tmp_path, COACH_MODEL="mine", COACH_TIMEOUT="9")
    assert (choose(load_settings()).label, choose(load_settings()).timeout) == ("mine", 9.0)


def test_a_key_alone_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings_of(monkeypatch, tmp_path, OPENAI_API_KEY="o", COACH_API_KEY="k")
    choice = choose(load_settings())
    assert (choice.label, choice.base_url, choice.api_key) == ("offline", None, None)


def test_no_text_of_a_choice_or_of_settings_shows_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings_of(monkeypatch, tmp_path, COACH_MODEL="m", COACH_BASE_URL="http://a/v1", COACH_API_KEY="sk-secret")
    choice = choose(load_settings())
    assert choice.api_key == "sk-secret"
    for text in (repr(choice), str(choice.saved()), repr(load_settings()), load_settings().model_dump_json()):
        assert "sk-secret" not in text


@pytest.mark.parametrize("name", ["offlien", "gpt-4o"])
def test_a_model_without_an_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    settings_of(monkeypatch, tmp_path)
    with pytest.raises(UsageError, match="needs an endpoint") as raised:
        choose(load_settings(), model=[name])
    assert ("Did you mean 'offline'" in str(raised.value)) == (name == "offlien")


def test_a_toml_file_beside_you_says_it_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "coach.toml").write_text('model = "m"\nbase_url = "http://t/v1"\nmax_retries = 2\n', "utf-8")
    settings_of(monkeypatch, tmp_path)
    choice = choose(load_settings())
    assert (choice.label, choice.base_url, choice.max_retries) == ("m", "http://t/v1", 2)
