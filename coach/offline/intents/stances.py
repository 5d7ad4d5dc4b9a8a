"""Where a candidate stands to the interview: what he takes back, refuses, looks down on, or says without saying it.

Some stances spread over sentences ("That's for interns. Next!"), so they are read from all of a reply's sentences.
"""

from coach.offline.intents.findings import Found
from coach.offline.intents.off_topic import CHATTER
from coach.offline.intents.reading import Sentence
from coach.offline.intents.stop import NONE, STRONG

_BUZZ = 2
"""Empty words from which a sentence without a technical one says nothing."""
_LONG = 40
"""Tokens of a reply, above which it does more than refuse, reject or leave."""


def retracts(s: Sentence, tech: float) -> bool:
    """Return whether ``s`` takes back what the speaker said of himself."""
    if tech >= 1.5 or s.mark == "?" or not s.has("i", "me", "to_me"):
        return False
    return s.has("retract") and s.has("own_past")


def refuses(s: Sentence, tech: float) -> bool:
    """Return whether ``s`` refuses to go on before the interviewer has given his own view."""
    return tech < 1.5 and s.has("refuse_verb") and s.has("until") and s.has("your_view", "you")


def says_nothing(s: Sentence, tech: float) -> bool:
    """Return whether ``s`` is made of words that fit any question: values, priorities, the big picture."""
    return tech < 1 and len(s.spans("buzz")) >= _BUZZ


def rejects(found: list[Found]) -> bool:
    """Return whether a reply looks down on the question and wants another one."""
    if any(f.tech >= 1 for f in found) or _length(found) > _LONG:
        return False
    sentences = [f.sentence for f in found]
    return any(s.has("belittle") for s in sentences) and any(s.has("another") for s in sentences)


def leaves(found: list[Found]) -> bool:
    """Return whether a reply says that its speaker must be elsewhere now, and will hear the outcome later."""
    if any(f.tech >= 1.5 for f in found) or _length(found) > _LONG:
        return False
    sentences = [f.sentence for f in found]
    return any(s.has("off_now", "leaving") for s in sentences) and any(s.has("tell_later") for s in sentences)


def _length(found: list[Found]) -> int:
    return sum(len(f.sentence.tokens) for f in found)


def read_stances(found: list[Found]) -> None:
    """Note the stances of a reply that holds no attack, before anything else is read from it."""
    if leaves(found):
        for f in found:
            f.settled, f.stop = True, STRONG
            f.drop()
        return
    if rejects(found):
        for f in found:
            f.settled = f.dont_know = True
            f.drop()
        return
    for f in found:
        if retracts(f.sentence, f.tech):
            f.settled = f.retracts = True
            f.drop()
        elif refuses(f.sentence, f.tech):
            f.settled, f.stop, f.chatter = True, NONE, CHATTER
            f.drop()
