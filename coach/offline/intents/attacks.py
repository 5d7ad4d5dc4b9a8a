"""Attacks over a whole reply: whether the signs suffice, and what is left of the reply without them."""

from coach.offline.intents.evidence import HINT, SURE
from coach.offline.intents.findings import Found
from coach.offline.intents.questions import Asked
from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import Topics, residual, technical
from coach.offline.intents.stop import NONE
from coach.text.stems import stem

PRESSURES = frozenset({"grade", "good_grade", "beg", "threat", "bribe", "difficulty"})
_LONG_ATTACK = 60
"""Words of an attack from which it is the whole reply."""
_SCENE = 6
"""Sentences from which a reply that casts a role is one scene."""


def is_attack(found: list[Found], *, forged: bool, signs: frozenset[str]) -> bool:
    """Return whether the evidence in all sentences, forged markers and signs of the whole reply make an attempt."""
    points = dict.fromkeys(signs, HINT)
    for f in found:
        for e in f.evidence:
            points[e.category] = max(points.get(e.category, 0), e.strength)
    return forged or sum(points.values()) >= SURE


def answers_beside_attack(s: Sentence, topics: Topics) -> bool:
    """Whether a sentence (or its rest) beside an attack still reads as part of an answer."""
    if s.has("you", "request", "reply_noun"):
        return False
    about = any(stem(t.word) in topics.stems for t in s.tokens)
    return technical(s, topics) >= (1 if about or not topics.stems else 2)


def _is_long(found: list[Found]) -> bool:
    """Whether the attack is the reply: a whole scene is set, and the rest belongs to it."""
    scene = {e.category for f in found for e in f.evidence} & {
        "role",
        "opening",
        "commands",
        "unbound",
        "override",
        "obey",
    }
    if scene and len(found) >= _SCENE:
        return True
    said = sum(len(f.sentence.tokens) for f in found if f.evidence)
    cast = any(e.category == "role" and e.strength == SURE for f in found for e in f.evidence)
    return said > _LONG_ATTACK or (cast and len(found) > 3)


def _take_out_one(f: Found, topics: Topics) -> None:
    """Take the attack out of its sentence; an answer before or after it stays."""
    s = f.sentence
    start = min(e.span[0] for e in f.evidence)
    head = s.part((0, start)) if start else None
    if head is not None and technical(head, topics) >= 1 and residual(head) > 1:
        while start > 0 and s.at(start - 1, "lead", "request", "please"):
            start -= 1
        f.drop((start, len(s.tokens)))
        return
    end = max(e.span[1] for e in f.evidence)
    breaks = [b for b in s.breaks if b >= end]
    tail = s.part((breaks[0], len(s.tokens))) if breaks else None
    keep = tail is not None and answers_beside_attack(tail, topics)
    f.drop((0, breaks[0]) if keep else None)


def take_out_attack(found: list[Found], topics: Topics) -> None:
    """Take an attack, and what belongs to it, out of the substance and of the other intents."""
    long = _is_long(found)
    if any(f.forged or any(e.category not in PRESSURES for e in f.evidence) for f in found):
        # Who rewrites the rules may also declare the interview over: that is the attack's, not a wish.
        for f in found:
            f.stop = NONE
    for f in found:
        if f.forged or long:
            f.drop()
            f.chatter = f.asked = None
            f.dont_know = False
        elif f.evidence:
            _take_out_one(f, topics)
            if f.asked is not Asked.ACTIVE or not f.sentence.has("question_noun"):
                f.asked = None
        elif not answers_beside_attack(f.sentence, topics):
            f.drop()
            f.chatter = None
