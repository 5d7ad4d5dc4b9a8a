"""Hedges: the speaker marks that he is not sure of what he says."""

import re

from coach.offline.intents.reading import Sentence

_INFINITIVE = re.compile(r"(?:ть|ти|чь|ться|тись)\Z")


def is_hedged(s: Sentence) -> bool:
    """Return whether ``s`` hedges; "возможно использовать" and "может быть None" (possibilities) do not."""
    for a, b in s.spans("hedge"):
        word = s.tokens[a].word
        following = s.tokens[b].word if b < len(s.tokens) else ""
        if word in ("возможно", "может") and b - a == 1:
            broken = b in s.breaks
            if not broken and (_INFINITIVE.search(following) or (word == "может" and a > 0)):
                continue
        if word in ("может", "должно") and b - a == 2 and a > 0 and b not in s.breaks and a not in s.breaks:
            continue
        if word in ("likely", "похоже", "possibly", "вроде") and b - a == 1 and a > 0 and a not in s.breaks:
            continue
        return True
    return False
