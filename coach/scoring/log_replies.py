"""Whether a log stores each reply with the question that it answers, or with the message that answers it.

Told from the texts, by evidence that adds up; where it is not clear the log stays as it is.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from coach.offline.intents import read_intents
from coach.records.foreign_logs import InterviewLog, LogTurn
from coach.scoring.form import lead_of
from coach.text.clauses import sentences
from coach.text.tokens import NOT, tokens

_FIRST_EMPTY = 2.0
_GREETED = 2.0
_GREETING_UNANSWERED = 1.0
_NAME = 1.5
_STOP = 1.5
_OVERLAP = 4.0
_OVERLAP_MOST = 3.0
"""Weights of the evidence: positive for shifted replies. What words share counts by how much they share."""
_SHIFTED = 2.0
_STRAIGHT = -0.75
_SHARED = 0.2
"""Least overlap of words that bears a shift out, where neither name nor stop does."""
_DENIED = 0.1
"""Least overlap the other way that speaks against it."""
_READ = 3000
"""Characters of a text that are compared."""
_END = 1000
"""Characters at a reply's end in which a wish to stop is looked for."""
_TURNS = 100
"""Turns that are compared: more of the same tell no more."""
_GREETING = re.compile(
    r"^\W*(?:hello|hi|hey|welcome|good (?:morning|day|afternoon|evening)|greetings|здравствуй|привет|добр(?:ый|ое|ого)"
    r"|приветств)|\bintroduce yourself|\babout yourself|представьтесь|расскажите\b[^.?!]{0,30}\bо себе",
    re.IGNORECASE,
)


class Replies(StrEnum):
    """Where a log's replies stand."""

    STRAIGHT = "straight"
    """With the questions that they answer, as the format wants it."""
    SHIFTED = "shifted"
    """With the messages that answer them."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for shifted replies (positive) or against it; 0 where it says nothing."""

    first_empty: float = 0.0
    """The first turn has no reply and the second has."""
    greeting: float = 0.0
    """The first reply stands with the greeting; or the greeting without one."""
    name: float = 0.0
    """The candidate is called by name in the very turn in which the name is given; or only in the next."""
    stop: float = 0.0
    """The wish to stop stands with words that ask nothing after a turn that asks; or with a question."""
    overlap: float = 0.0
    """Words that a reply shares with the question before and the lead beside it, less those of its own and the next."""

    @property
    def total(self) -> float:
        """The sum; the overlap's share is limited."""
        words = max(-_OVERLAP_MOST, min(_OVERLAP_MOST, _OVERLAP * self.overlap))
        return self.first_empty + self.greeting + self.name + self.stop + words

    @property
    def replies(self) -> Replies:
        """The decision: shifted only where words bear it out and no words speak against it."""
        if self.total <= _STRAIGHT:
            return Replies.STRAIGHT
        borne_out = self.name > 0 or self.stop > 0 or self.overlap >= _SHARED
        denied = self.name < 0 or self.stop < 0 or self.greeting < 0 or self.overlap <= -_DENIED
        return Replies.SHIFTED if self.total >= _SHIFTED and borne_out and not denied else Replies.UNCLEAR


def evidence(turns: Sequence[LogTurn]) -> Evidence:
    """Return what the texts of a log's turns say about where the replies stand."""
    said = [i for i, t in enumerate(turns) if t.reply.strip()]
    if len(turns) < 2 or not said:
        return Evidence()
    first = said[0]
    return Evidence(
        first_empty=_FIRST_EMPTY if first == 1 else 0.0,
        greeting=_greeting(turns, first),
        name=_name(turns, first),
        stop=_stop(turns, said[-1]),
        overlap=_overlap(turns[:_TURNS]),
    )


def straightened(log: InterviewLog) -> InterviewLog:
    """Return ``log`` with each reply a message earlier; a first reply that answers nothing kept gets a turn of its own.

    Thoughts stay with their messages.
    """
    turns = list(log.turns)
    if turns and turns[0].reply.strip():
        # The greeting that this reply answers is not in the log.
        turns = [LogTurn(1, "", "", ""), *(replace(t, turn_id=i) for i, t in enumerate(turns, start=2))]
    replies = [*(t.reply for t in turns[1:]), ""]
    moved = [replace(t, reply=r) for t, r in zip(turns, replies, strict=True)]
    return replace(log, turns=tuple(t for t in moved if t.message.strip() or t.reply.strip()))


def wants_to_stop(reply: str, *, first: bool = False) -> bool:
    """Return whether ``reply`` wants the interview to end, by the offline model's rules; its end alone is read."""
    return read_intents(reply[-_END:], None, "introduction" if first else "questions").stop


def asks(message: str) -> bool:
    """Return whether ``message`` holds a question mark."""
    return "?" in message or "？" in message


def _greeting(turns: Sequence[LogTurn], first: int) -> float:
    if _GREETING.search(turns[first].message[:_READ]):
        return -_GREETED
    unanswered = first == 1 and _GREETING.search(turns[0].message[:_READ])
    return _GREETING_UNANSWERED if unanswered else 0.0


def _name(turns: Sequence[LogTurn], first: int) -> float:
    name = read_intents(turns[first].reply[:_READ], None, "introduction").profile.name
    if not name:
        return 0.0
    called = name.split()[0].lower()
    here = called in turns[first].message.lower()
    after = first + 1 < len(turns) and called in turns[first + 1].message.lower()
    return 0.0 if here == after else _NAME if here else -_NAME


def _stop(turns: Sequence[LogTurn], last: int) -> float:
    if last == 0 or last < len(turns) - 2 or not wants_to_stop(turns[last].reply):
        return 0.0
    if asks(turns[last].message):
        return -_STOP
    return _STOP if last == len(turns) - 1 and asks(turns[last - 1].message) else 0.0


@dataclass(frozen=True, slots=True)
class _Words:
    """The roots of one turn: what leads to the question, the question, the reply."""

    lead: frozenset[str]
    question: frozenset[str]
    reply: frozenset[str]


def _overlap(turns: Sequence[LogTurn]) -> float:
    said = [
        _Words(_roots(lead_of(m, None)), _roots(_question(m)), _roots(r))
        for m, r in ((t.message[:_READ], t.reply[:_READ]) for t in turns)
    ]
    texts = [w.lead | w.question for w in said] + [w.reply for w in said if w.reply]
    likeness = _Likeness(texts)
    shifted = straight = 0.0
    for i, own in enumerate(said):
        if not own.reply:
            continue
        if i > 0:
            before = said[i - 1].question
            # What both questions say tells nothing of which one is answered.
            shifted += likeness(own.reply, before - own.question)
            straight += likeness(own.reply, own.question - before)
            shifted += likeness(own.reply - before, own.lead)
        if i + 1 < len(said):
            straight += likeness(own.reply - own.question, said[i + 1].lead)
    return shifted - straight


class _Likeness:
    """How much two texts of one interview share, by the rarity of their roots in it; two short ones share little."""

    def __init__(self, texts: Sequence[frozenset[str]]) -> None:
        count = Counter(root for text in texts for root in text)
        self._weight = {root: math.log((1 + len(texts)) / n) for root, n in count.items()}
        self._short = 2 * math.log(1 + len(texts))

    def __call__(self, one: frozenset[str], other: frozenset[str]) -> float:
        both = math.sqrt(self._sum(one) * self._sum(other)) + self._short
        return self._sum(one & other) / both

    def _sum(self, roots: frozenset[str]) -> float:
        return sum(self._weight[r] for r in roots)


def _question(message: str) -> str:
    asking = [s for s in sentences(message) if asks(s)]
    return asking[-1] if asking else ""


def _roots(text: str) -> frozenset[str]:
    return frozenset(k for k in tokens(text).keys if k != NOT and len(k) > 1)
