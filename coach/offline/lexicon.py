"""The word classes of statements and their opposites, stemmed, loaded once."""

from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from coach.text.tokens import root


def _data(name: str) -> dict[str, Any]:
    text = (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


@lru_cache(maxsize=16)
def word_class(name: str) -> frozenset[str]:
    """Return the roots of a class of ``statements.yaml``. KeyError where there is none."""
    return frozenset(root(word) for word in _data("statements.yaml")[name].split())


@lru_cache(maxsize=1)
def antonyms() -> dict[str, str]:
    """Return, by root, the root that says the contrary."""
    found: dict[str, str] = {}
    for language in _data("antonyms.yaml").values():
        for word, opposites in language.items():
            for opposite in opposites.split():
                if root(opposite) != root(word):
                    found.setdefault(root(opposite), root(word))
    # Loan words share roots across the languages: an entry must not lead round in a circle.
    return {k: v for k, v in found.items() if v not in found}


@lru_cache(maxsize=1)
def reasons() -> dict[str, dict[str, str]]:
    """Return why a reply was judged as it was, by reason and language."""
    return _data("reasons.yaml")
