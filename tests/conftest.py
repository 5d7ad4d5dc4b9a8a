"""What every test starts from: no model, key or cassette of whoever runs it."""

import os

import pytest

FOREIGN = ("COACH_", "OPENAI_", "LITELLM_", "LANGFUSE_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(FOREIGN) or name.lower() in PROXIES:
            monkeypatch.delenv(name)
