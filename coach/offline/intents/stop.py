"""Wanting the interview to end: an intention, told from stopping anything else."""

from coach.offline.intents.reading import Sentence, Span
from coach.offline.intents.speech import NO_ORDER, is_cyrillic, is_negated, order_at, residual

NONE, WEAK, STRONG = 0, 1, 2
_AMBIGUOUS = frozenset(
    {"пока", "later", "laters", "peace", "cheers", "бай", "счастливо", "ciao", "hasta", "чао", "fun"}
)
_STRICT = frozenset(
    {
        "достаточно",
        "довольно",
        "хватит",
        "enough",
        "done",
        "finish",
        "end",
        "cancel",
        "finished",
        "abort",
        "halt",
        "выход",
        "exit",
    }
)
_ADDRESSED = frozenset({"всем", "вам", "тебе", "тогда", "you", "all", "everyone", "then", "for", "to"})
_OBJECTS = frozenset({"it", "them", "его", "их", "ее", "the", "a", "that", "this", "using"})
_AROUND = (
    "time_now",
    "please",
    "lead",
    "small_talk",
    "interview",
    "want",
    "farewell",
    "finished",
    "finished_weak",
    "praise",
)
_SHORT = 12
_REACH = 6


def _after(sentence: Sentence, index: int) -> Sentence:
    return sentence.part((index, len(sentence.tokens)))


def _farewell(sentence: Sentence) -> bool:
    for a, b in sentence.pieces():
        piece = sentence.part((a, b))
        for x, _y in piece.spans("farewell"):
            rest = residual(
                piece,
                "farewell",
                "small_talk",
                "time_now",
                "closure",
                "leaving",
                "interview",
                "everyday_weak",
            )
            if piece.tokens[x].word in _AMBIGUOUS and len(piece.spans("farewell")) == 1:
                extra = residual(piece, "farewell", "small_talk") + len(piece.where.get("negation", ()))
                functional = sum(
                    piece.at(i, "function")
                    and not piece.at(i, "lead", "small_talk", "farewell")
                    and piece.tokens[i].word not in _ADDRESSED
                    for i in range(b - a)
                )
                if extra == 0 and functional == 0:
                    return True
            elif rest <= 2:
                return True
    return False


def _conditional(sentence: Sentence, before: int) -> bool:
    return any(a < before for a, _ in sentence.spans("conditional") if sentence.tokens[a].word != "пока")


def _ends_interview(sentence: Sentence, tech: float) -> bool:
    """An end verb that is wanted or ordered, with the interview or nothing as its object."""
    wanted = sentence.spans("want")
    for a, b in sentence.spans("end_verb"):
        if is_negated(sentence, a) or _conditional(sentence, a):
            continue
        framed = any(x < a <= y + 3 for x, y in wanted) or _first_plural(sentence.tokens[a].word)
        if not framed and order_at(sentence, a) == NO_ORDER:
            continue
        if sentence.has("later_question") and not framed:
            continue
        rest = _after(sentence, b)
        first = rest.pieces()[0] if rest.pieces() else (0, 0)
        near = rest.part((first[0], min(first[1], _REACH)))
        if near.has("question_noun") and not near.has("interview"):
            continue
        objects = set(near.spans("technical_stop_object", "tech")) - set(near.spans("interview"))
        if near.has("interview") and not objects:
            return True
        if near.has("interview") and tech < 1:
            return True
        bare_start = framed or a == 0
        alone = residual(near, "time_now", "small_talk", "farewell", "feedback", "finished") == 0
        aimed = any(t.word in _OBJECTS and not near.at(i, "time_now") for i, t in enumerate(near.tokens))
        if bare_start and alone and not aimed and tech < 1:
            return True
    return False


def _first_plural(word: str) -> bool:
    return is_cyrillic(word) and word.endswith(("им", "ем", "имся", "емся", "имте", "емте"))


def _bare(sentence: Sentence) -> bool:
    spans = sentence.spans("bare_stop")
    if not spans or (sentence.mark == "?" and len(sentence.tokens) > 3):
        return False
    strict = all(sentence.tokens[a].word in _STRICT for a, _ in spans)
    covered = {i for a, b in sentence.spans("bare_stop", *_AROUND) for i in range(a, b)}
    left = [i for i in range(len(sentence.tokens)) if i not in covered]
    if any(is_negated(sentence, a) for a, _ in spans):
        return False
    if strict:
        return not left
    return all(sentence.at(i, "function") for i in left) and len(left) <= 2 and len(sentence.tokens) <= _SHORT


def _feedback(sentence: Sentence, tech: float) -> bool:
    if tech >= 1 or not sentence.has("feedback") or len(sentence.tokens) > _SHORT:
        return False
    if sentence.has("negation", "everyday"):
        return False
    sure = any(
        sentence.tokens[a].word.startswith(
            ("feedback", "verdict", "фидб", "фитб", "вердикт", "обратн", "итог", "подвед")
        )
        for a, _ in sentence.spans("feedback")
    )
    if sentence.has("later_question") or (sentence.has("job") and sentence.mark == "?" and not sure):
        return False
    ordered = sentence.has("request", "want", "please") or any(
        order_at(sentence, a) != NO_ORDER for a, _ in sentence.spans("give")
    )
    alone = residual(sentence, "feedback", "give", "time_now", "want", "small_talk") == 0
    if sure:
        return (sentence.has("give") and (ordered or alone)) or alone
    return (
        ordered
        and sentence.has("give")
        and residual(sentence, "feedback", "give", "time_now", "want", "small_talk", "interview") <= 1
        and (sentence.has("me", "interview", "time_now") or sentence.has("want"))
    )


def stop_strength(sentence: Sentence, tech: float) -> int:
    """Return STRONG, WEAK (counts only where nothing else was said) or NONE; ``tech``: see ``technical``."""
    if not sentence.has(
        "farewell",
        "leaving",
        "cannot_go_on",
        "finished",
        "finished_weak",
        "end_verb",
        "bare_stop",
        "closure",
        "feedback",
    ):
        return NONE
    if _farewell(sentence):
        return STRONG
    for a, b in sentence.spans("leaving", "finished"):
        meant = not is_negated(sentence, a) and not _conditional(sentence, a)
        if tech < 1 and meant and not _after(sentence, b).has("question_noun"):
            return STRONG
    for _a, b in sentence.spans("cannot_go_on"):
        rest = _after(sentence, b)
        about = any(w in ("about", "про", "о", "об") for w in rest.words[:4])
        this_one = rest.has("question_noun") and any(w in ("this", "that", "этот", "это", "данный") for w in rest.words)
        if tech < 1 and not about and not this_one:
            return STRONG
    if sentence.has("closure") and tech < 1 and len(sentence.tokens) <= 2 * _SHORT and sentence.mark != "?":
        return STRONG
    if _ends_interview(sentence, tech) or _bare(sentence) or _feedback(sentence, tech):
        return STRONG
    weak = sentence.has("finished_weak") and tech < 1 and len(sentence.tokens) <= _SHORT
    return WEAK if weak and not sentence.has("unknown", "conditional") else NONE


def stop_span(sentence: Sentence) -> Span:
    """Return the tokens of ``sentence`` from where the wish to stop begins."""
    spans = sentence.spans(
        "farewell",
        "leaving",
        "cannot_go_on",
        "finished",
        "end_verb",
        "bare_stop",
        "closure",
        "feedback",
        "want",
    )
    start = spans[0][0] if spans else 0
    edge = max((b for b in (0, *sentence.breaks) if b <= start), default=0)
    return (edge, len(sentence.tokens))
