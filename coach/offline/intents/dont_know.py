"""Saying that one does not know, and wanting to skip."""

from coach.offline.intents.reading import Sentence, Span
from coach.offline.intents.speech import is_cyrillic, residual

_SUBJECTS = frozenset(
    {
        "we",
        "you",
        "they",
        "it",
        "he",
        "she",
        "users",
        "who",
        "which",
        "that",
        "client",
        "server",
        "он",
        "она",
        "они",
        "мы",
        "вы",
        "ты",
        "кто",
        "который",
        "клиент",
        "сервер",
    }
)
_COMPLEMENTS = frozenset({"whether", "if", "of", "exactly", "насколько", "ли", "точно", "в", "есть", "для"})
_ADVERBS = frozenset(
    {
        "really",
        "actually",
        "definitely",
        "personally",
        "have",
        "afraid",
        "frankly",
        "truly",
        "currently",
        "simply",
        "still",
        "even",
    }
)


def skip_span(s: Sentence, tech: float) -> Span | None:
    """Return where ``s`` asks to skip the question, None where it does not."""
    for a, b in s.spans("skip"):
        single = b - a == 1
        near = s.part((max(0, a - 4), min(len(s.tokens), b + 5)))
        if near.has("negation") and any(s.tokens[i].word in ("not", "dont", "не") for i in range(max(0, a - 2), a)):
            continue
        if single:
            loose = residual(near, "skip", "question_noun", "unknown", "small_talk", "want", "time_now", "hedge")
            third = near.has("third") or (tech >= 1 and not near.has("question_noun"))
            if loose > 0 or third:
                continue
        elif tech >= 1.5:
            continue
        return (a, len(s.tokens))
    return None


def unknown_span(s: Sentence, tech: float) -> Span | None:
    """Return where the speaker says that he does not know, None where nobody or somebody else does not."""
    for a, b in s.spans("unknown"):
        if {t.word for t in s.tokens[max(0, a - 2) : a]} & _SUBJECTS or _has_a_noun_before(s, a):
            continue
        return (a, b)
    return None


def is_partial(s: Sentence, span: Span) -> bool:
    """Return whether only a detail is unknown ("don't know whether …") rather than the answer."""
    rest = s.part((span[1], len(s.tokens))) if span[1] < len(s.tokens) else None
    if rest is None or s.at(span[0], "unknown_whole"):
        return False
    begins = rest.tokens[0].word in _COMPLEMENTS or rest.at(0, "wh")
    return begins and len(rest.tokens) > 1 and residual(rest, "wh", "question_noun") > 0


def left_after(s: Sentence, span: Span) -> Sentence | None:
    """Return what follows the complement of not knowing ("…, but …"), None where nothing of weight does."""
    after = [b for b in s.breaks if b > span[1] or (b == span[1] and not s.at(b, "wh"))]
    words = s.words
    joins = [
        i + 1
        for i in range(span[1], len(words))
        if words[i] in ("but", "но", "however", "однако", "though", "хотя", "yet")
    ]
    starts = after + joins
    if not starts:
        return None
    rest = s.part((min(joins) if joins else min(starts), len(s.tokens))) if min(starts) < len(s.tokens) else None
    if rest is None or residual(rest, "hedge", "unknown", "skip", "small_talk", "question_noun", "wh") == 0:
        return None
    return rest


def _has_a_noun_before(s: Sentence, index: int) -> bool:
    """Whether somebody else is the subject: an English verb phrase right after a word of substance."""
    if index == 0 or index in s.breaks or is_cyrillic(s.tokens[index].word):
        return False
    before = s.part((index - 1, index))
    own = before.has("i", "me", "lead", "hedge", "small_talk", "unknown", "please") or before.tokens[0].word in _ADVERBS
    return not own and residual(before) > 0
