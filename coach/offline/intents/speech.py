"""Speech acts: what is ordered, what is asked, and how technical or everyday a sentence is."""

import re
from dataclasses import dataclass

from coach.offline.intents.lexicon import is_known, look_up
from coach.offline.intents.reading import Sentence
from coach.text.stems import stem, words

_IMPERATIVE = re.compile(r"(?:и|й|ь|ите|йте|ьте|ись|йся|йтесь|итесь|ься)(?:-ка)?\Z")
_INFINITIVE = re.compile(r"(?:[аяеиоуы]ть|сть|зть|ти|чь|ться|тись)\Z")
_ORDERS_LIKE_INFINITIVES = frozenset(
    {
        "ответь",
        "пометь",
        "отметь",
        "заметь",
        "плати",
        "прекрати",
        "сократи",
        "учти",
        "зачти",
        "прочти",
        "переведи",
        "сочти",
        "засчитай",
        "пошути",
        "впусти",
        "пропусти",
        "прости",
        "забудь",
        "перестань",
        "выпусти",
        "запусти",
        "возврати",
        "обрати",
        "останови",
        "оплати",
        "заплати",
        "навести",
        "посети",
        "помести",
        "смотри",
        "обнови",
    }
)
_LEADS = ("lead", "request", "please", "tell", "small_talk")
_CONJUNCTIONS = frozenset({"and", "then", "but", "so", "or", "also", "и", "а", "но", "затем", "потом", "или", "просто"})
_NEGATIONS = frozenset({"not", "never", "dont", "не", "didnt", "doesnt", "wont", "нельзя"})
_SECOND = frozenset({"you", "u", "can", "could", "would", "will", "i"})
_PRONOUNS = frozenset({"i", "you", "we", "they", "he", "she", "it"})
_MANNER = frozenset({"many", "much", "long", "old", "far", "often", "tall", "big", "come", "about", "well", "good"})
_HOW_VERB = re.compile(r"(?:ет|ит|ют|ут|ят|ать|ить|ять|ся|ешь|ишь|ете|ите|ово|ется|[аиеяу]л[аио]?|лся|лась|лись)\Z")
_HOW_FIXED = frozenset(
    {
        "правило",
        "известно",
        "и",
        "только",
        "минимум",
        "раз",
        "обычно",
        "вариант",
        "следствие",
        "результат",
        "например",
        "бы",
        "таковой",
        "таковая",
        "уже",
        "в",
        "на",
        "у",
        "список",
        "же",
        "по",
        "итог",
        "таковые",
        "ни",
        "раньше",
        "сказано",
    }
)
_PREPOSITIONS = frozenset(
    {
        "в",
        "на",
        "с",
        "к",
        "по",
        "о",
        "об",
        "из",
        "от",
        "у",
        "для",
        "за",
        "до",
        "во",
        "над",
        "под",
        "при",
        "про",
        "через",
        "без",
        "обо",
    }
)
ORDER, COORDINATED, NO_ORDER = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Topics:
    """The content stems of the active question."""

    stems: frozenset[str] = frozenset()


def topics_of(question: str | None) -> Topics:
    """Return the stems of ``question`` that tell its subject; words that any question has are left out."""
    if not question:
        return Topics()
    found = set()
    for word in words(question):
        entry = look_up(word.replace("'", ""))
        generic = entry.concepts & {"function", "generic_question", "wh", "aux", "you"}
        if len(word) > 2 and not generic:
            found.add(stem(word))
    return Topics(frozenset(found))


def is_cyrillic(word: str) -> bool:
    """Return whether ``word`` is written in Cyrillic."""
    return "а" <= word[:1] <= "я"


def lead_end(sentence: Sentence, start: int = 0, concepts: tuple[str, ...] = ("lead", "please")) -> int:
    """Return the index of the first token from ``start`` that no span of ``concepts`` covers."""
    at = start
    ends = dict(sentence.spans(*concepts))
    while at in ends:
        at = ends[at]
    return at


def is_negated(sentence: Sentence, index: int) -> bool:
    """Return whether a negation stands right before the token at ``index``."""
    return index > 0 and sentence.tokens[index - 1].word in _NEGATIONS


def order_at(sentence: Sentence, index: int, *, negated: bool = False) -> int:
    """Return ORDER, COORDINATED (an order after "and") or NO_ORDER for the verb at ``index``.

    What is forbidden is not ordered, unless ``negated``: "do not follow …" is an order of its own.
    """
    word = sentence.tokens[index].word
    if not negated and is_negated(sentence, index):
        return NO_ORDER
    edge = max((b for b in (0, *sentence.breaks) if b <= index), default=0)
    at = index
    while at > edge and sentence.at(at - 1, *_LEADS):
        at -= 1
    free = at <= edge
    if is_cyrillic(word):
        infinitive = bool(_INFINITIVE.search(word)) and word not in _ORDERS_LIKE_INFINITIVES
        if not infinitive and _IMPERATIVE.search(word):
            return ORDER
        if infinitive or word.endswith(("л", "ла", "ли")):
            asked = any(a < index <= b + 5 for a, b in sentence.spans("request"))
            return ORDER if asked or (free and infinitive) else NO_ORDER
        return NO_ORDER
    if free:
        return ORDER
    if at < index and at > 0 and sentence.at(index - 1, "request") and sentence.tokens[at].word in _SECOND:
        return COORDINATED
    return COORDINATED if at < index and sentence.tokens[at].word in _CONJUNCTIONS else NO_ORDER


def technical(sentence: Sentence, topics: Topics, without: tuple[str, ...] = ()) -> float:
    """Return how much technical evidence ``sentence`` holds: about 1 for each technical word.

    Words that stand for a concept of ``without`` don't count.
    """
    score = 0.0
    latin = cyrillic = 0
    tech = {a for a, b in sentence.spans("tech") for a in range(a, b)}
    weak = {a for a, b in sentence.spans("tech_weak") for a in range(a, b)}
    other = {i for a, b in sentence.spans(*without) for i in range(a, b)} if without else set()
    for i, token in enumerate(sentence.tokens):
        if i in other:
            continue
        if is_cyrillic(token.word):
            cyrillic += 1
        elif token.word.isalpha():
            latin += 1
        if token.code or i in tech or stem(token.word) in topics.stems:
            score += 1.0
        elif i in weak or (
            len(token.raw) > 1 and token.raw.isupper() and token.raw.isalpha() and not is_known(token.word)
        ):
            score += 0.5
    if cyrillic >= 2 * latin > 0:
        score += 0.5 * sum(t.word.isascii() and t.word.isalpha() and not is_known(t.word) for t in sentence.tokens)
    return score


def everyday(sentence: Sentence) -> float:
    """Return how much of everyday life ``sentence`` holds: 1 a plain word of it, 0.5 a vague one."""
    strong = {a for a, _ in sentence.spans("everyday")}
    weak = {a for a, _ in sentence.spans("everyday_weak")} - strong
    weak |= {a for a, _ in sentence.spans("concrete")} - strong
    return len(strong) + 0.5 * len(weak) + 1.5 * len(sentence.spans("personal_state"))


def _asks_in_english(sentence: Sentence, at: int, bare: bool) -> bool:
    tokens = sentence.words
    word = tokens[at]
    following = tokens[at + 1 : at + 6]
    if not following:
        return False
    if sentence.at(at, "wh"):
        if (word.endswith("s") and word not in ("whose",)) or word in (
            "wat",
            "wut",
            "wtf",
            "whatre",
            "whatcha",
        ):
            return True
        inverted = sentence.at(at + 1, "aux")
        if following[0] in _PRONOUNS and not bare:
            return False
        if word in ("when", "where", "why"):
            return inverted or (bare and word != "when" and len(tokens) - at <= 8)
        if word == "how":
            measured = following[0] not in _PRONOUNS and sentence.at(at + 2, "aux")
            return inverted or measured or following[0] in ("to", *_MANNER)
        near_aux = any(sentence.at(i, "aux") for i in range(at + 1, min(at + 5, len(tokens))))
        return near_aux or (bare and len(tokens) - at <= 10)
    if sentence.at(at, "aux"):
        subject = following[0]
        if subject in ("a", "an", "the", "any", "all", "people"):
            plain = word in ("does", "did", "is", "will") and subject == "the" and following[1:2] != ["same"]
            return (bare or plain) and word not in ("have", "had")
        return sentence.at(at + 1, "subject")
    return False


def _asks_in_russian(sentence: Sentence, at: int, bare: bool) -> bool:
    tokens = sentence.words
    if tokens[at] in _PREPOSITIONS and at + 1 < len(tokens):
        at += 1
    word = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    first_piece = min((b for b in sentence.breaks if b > at), default=len(tokens))
    if any(a - at <= 3 and a < first_piece for a, _ in sentence.spans("particle")):
        return not ({"знаю", "уверен", "уверена", "вряд", "едва", "если"} & set(tokens))
    if not sentence.at(at, "wh"):
        return False
    if (word == "как" and following in _HOW_FIXED) or following in ("касается", "бы", "то"):
        return False
    if sentence.has("you"):
        return True
    if word == "когда" and not bare:
        return False
    if bare:
        return len(tokens) - at <= 10 and (
            word not in ("как", "чем") or any(_HOW_VERB.search(w) for w in tokens[at + 1 :])
        )
    single = len(sentence.pieces()) == 1 and len(tokens) - at <= 10
    if word == "как":
        return single and bool(_HOW_VERB.search(following))
    return (
        single and word in ("почему", "зачем", "какой", "какая", "какие", "какое", "сколько")
    ) or following == "такое"


def asks(sentence: Sentence, bare: bool) -> bool:
    """Return whether ``sentence`` asks something; ``bare``: it holds nothing technical."""
    if sentence.mark == "?":
        return True
    at = lead_end(sentence)
    if at >= len(sentence.tokens):
        return False
    if any(a <= at + 1 for a, _ in sentence.spans("tell")):
        return True
    if is_cyrillic(sentence.tokens[at].word):
        return _asks_in_russian(sentence, at, bare)
    return _asks_in_english(sentence, at, bare)


def residual(sentence: Sentence, *concepts: str) -> int:
    """Return how many tokens are neither function words nor covered by ``concepts``."""
    covered: set[int] = set()
    for a, b in sentence.spans("function", "lead", "please", "you", "me", *concepts):
        covered.update(range(a, b))
    return sum(i not in covered for i in range(len(sentence.tokens)))
