"""Strings of real terms: words of the subject in an order in which nobody puts them."""

import itertools
import re
from collections.abc import Iterator

from coach.domain.vocabulary import Language
from coach.offline.knowledge import Knowledge
from coach.text.stems import stems

_FEWEST = 8
"""Words; a shorter reply may be a list of names."""
_SEEN = {Language.EN: 0.13, Language.RU: 0.0}
"""Share of neighbours that stand side by side somewhere in the banks, above which a reply is language. Russian word
order is freer, so that two words that go together are seldom side by side elsewhere too."""
_MARKS = re.compile(r"[.,;:!?()«»\"—–]")


def is_salad(text: str, language: Language, knowledge: Knowledge) -> bool:
    """Return whether ``text`` has no sentence in it: no mark, and hardly two words that go together."""
    said = stems(text)
    if len(said) < _FEWEST or _MARKS.search(text):
        return False
    known = _neighbours(knowledge, language)
    pairs = list(itertools.pairwise(said))
    return sum(pair in known for pair in pairs) <= _SEEN[language] * len(pairs)


def _neighbours(knowledge: Knowledge, language: Language) -> frozenset[tuple[str, str]]:
    """Return every two stems that stand side by side in what is known of the banks."""
    key = ("neighbours", language)
    if key not in knowledge.prepared:
        found: set[tuple[str, str]] = set()
        for text in _texts(knowledge, language):
            said = stems(text)
            found.update(itertools.pairwise(said))
        knowledge.prepared[key] = frozenset(found)
    pairs: frozenset[tuple[str, str]] = knowledge.prepared[key]
    return pairs


def _texts(knowledge: Knowledge, language: Language) -> Iterator[str]:
    for (_, _, spoken), facts in knowledge.facts.items():
        if spoken is not language:
            continue
        question = facts.question
        yield from (question.text, question.reference)
        for point in question.key_points:
            yield from (point.text, point.ask)
        for misconception in question.misconceptions:
            yield from (misconception.claim, misconception.correction)
        yield from (exemplar.text for exemplar in facts.exemplars)
