"""Whether a sentence asks about the interviewer himself: his name, origin, nature, tastes and abilities."""

import re
from itertools import pairwise

from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import everyday, is_cyrillic, lead_end, order_at, residual

_SHORT = 8
_SECOND_PERSON = re.compile(r"[аеёиуюя](?:шь|шься)\Z")
_ADDRESSED = frozenset({"ты", "вы", "тебя", "вас", "тебе", "вам", "тобой", "you", "your", "youre"})
_GENERIC = frozenset(
    (how, aux) for how in ("how", "where", "when") for aux in ("do", "can", "should", "would", "could")
)
"""Before "you" these mean anybody ("how do you cook rice")."""


def _without_frame(s: Sentence) -> Sentence | None:
    """Return ``s`` without its "can you", "tell me" or "do you know"; None where nothing follows."""
    asked_from = min((w for w, _ in s.spans("wh")), default=len(s.tokens))
    first = lead_end(s) + 1
    ends = [b for a, b in s.spans("request", "tell") if a <= first and a < asked_from]
    if not ends:
        return s
    return s.part((max(ends), len(s.tokens))) if max(ends) < len(s.tokens) else None


def _turns_to_you(s: Sentence) -> bool:
    """Whether the listener is the one a question is about, rather than asked for something or anybody."""
    words = s.words
    if is_cyrillic(words[0]):
        spoken_to = bool(_ADDRESSED & set(words)) or any(_SECOND_PERSON.search(w) for w in words)
        return spoken_to and not s.has("request", "service") and not s.has("wants_advice")
    if not s.has("you") or s.has("wants_advice", "request"):
        return False
    return not any(pair in _GENERIC for pair in pairwise(words))


def _is_tag(s: Sentence) -> bool:
    """Whether ``s`` ends in a tag: "you're a bot, aren't you"."""
    pieces = s.pieces()
    a, b = pieces[-1]
    return len(pieces) > 1 and b - a == 2 and s.at(a, "aux") and s.tokens[a + 1].word == "you"


def _orders_a_tale(s: Sentence) -> bool:
    """Whether ``s`` orders to name or list what is the interviewer's own."""
    return s.has("about_interviewer") and any(order_at(s, a) for a, _ in s.spans("service"))


def asks_about_interviewer(s: Sentence, tech: float, *, is_question: bool) -> bool:
    """Return whether ``s`` asks about the interviewer; ``tech``: see ``technical``."""
    if tech >= 1.5:
        return False
    if s.has("introduce_yourself") or (tech < 1 and _orders_a_tale(s) and everyday(s) < 1):
        return True
    rest = _without_frame(s)
    if rest is None or (rest is not s and not rest.has("about_interviewer", "your")):
        return False
    daily = everyday(rest) >= 1
    if is_question or _is_tag(s):
        if daily and not rest.has("stative"):
            return False
        named = rest.has("about_interviewer", "your") and not (rest.words[0] == "how" and not rest.has("stative"))
        return named or (tech < 1 and _turns_to_you(rest))
    near = any(t.word in _ADDRESSED for t in rest.tokens[:3])
    own = near and rest.has("you") and not s.has("praise") and residual(s, "about_interviewer") <= 1
    return (
        own and (not daily or rest.has("stative")) and len(s.tokens) <= _SHORT and rest.has("about_interviewer", "your")
    )
