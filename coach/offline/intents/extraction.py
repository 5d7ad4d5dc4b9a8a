"""Attempts on what the assistant keeps inside: instructions are overridden, hidden texts asked for."""

from collections.abc import Callable, Iterator

from coach.offline.intents.evidence import FAR, HINT, META, NEAR, SURE, Evidence, Setting, between, nouns
from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import COORDINATED, NO_ORDER, ORDER, is_cyrillic, order_at, residual

_LEAVE = frozenset({"dont", "do", "need", "not", "no", "free"})
_THEM = frozenset({"it", "them", "those", "these", "их", "его", "ее"})
_COPULAS = frozenset(
    {
        "is",
        "are",
        "was",
        "were",
        "begins",
        "begin",
        "starts",
        "start",
        "says",
        "say",
        "read",
        "reads",
        "это",
        "такие",
        "звучат",
        "начинается",
        "начинаются",
        "гласит",
        "таковы",
    }
)
_GUARDED = frozenset(
    {
        "password",
        "passwords",
        "passphrase",
        "secret",
        "secrets",
        "flag",
        "canary",
        "пароль",
        "секрет",
        "канарейка",
    }
)


def _order_to_override(s: Sentence, a: int, b: int) -> int:
    """Return how the verb at ``a`` is ordered; "не следуй" and "you need not follow" are orders too."""
    word = s.tokens[a].word
    if b - a > 1 and word == "не":
        return order_at(s, a + 1, negated=True)
    if b - a > 1 and word in _LEAVE and a > 0 and s.tokens[a - 1].word in ("you", "u"):
        return ORDER
    return order_at(s, a)


def _overrides(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for a, b in s.spans("override", "override_weak"):
        order = _order_to_override(s, a, b)
        if order == NO_ORDER:
            continue
        weak = not s.at(a, "override")
        for x, y in nouns(s, b, 9, "rule_noun", "core_noun"):
            marked = between(s, b, y + 3, "inner", "your", "context_of_you")
            known = s.at(x, "instruction_noun", "core_noun")
            if (marked and (known or not weak)) or (known and not weak and order == ORDER and setting.tech < 2):
                yield Evidence("override", SURE, (a, y))
                return
            marked = marked or (between(s, b, x, "everything") and known)
            if weak and marked and setting.tech < 1 and residual(s, *META, "override_weak") == 0:
                yield Evidence("override", SURE, (a, y))
                return
        if weak:
            continue
        everything = between(s, b, b + 5, "everything")
        prior = nouns(s, b, 8, "before", "context_of_you")
        if prior and (everything or (order == ORDER and setting.tech < 1)):
            yield Evidence("override", SURE, (a, prior[-1][1]))
        elif everything and setting.tech < 1:
            yield Evidence("override", HINT, (a, b))


def _voided(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for a, b in s.spans("voided"):
        for x, y in s.spans("instruction_noun"):
            near = 0 <= a - y <= NEAR or 0 <= x - b <= NEAR
            own = between(s, max(0, x - 3), y + 1, "inner", "your", "before", "everything")
            if near and own and setting.tech < 2 and not s.has("i"):
                yield Evidence("override", SURE, (min(x, a), max(y, b)))
                return


def _core_is_addressed(s: Sentence, x: int, y: int) -> bool:
    """Whether a core noun is the assistant's: a compound, or with ``your``, ``hidden``, ``all``."""
    plain = y - x == 1
    if not plain:
        return True
    return between(s, max(0, x - NEAR), y + 3, "inner", "your", "everything", "context_of_you", "me")


def _is_how_to(s: Sentence, start: int, end: int) -> bool:
    """Whether "how" stands between: what is asked for is a way to do something, not the thing."""
    return any(t.word in ("how", "как") for t in s.tokens[start:end]) and not s.has("your")


def _orders_to_reveal(s: Sentence, setting: Setting) -> list[tuple[int, int, int]]:
    """Return (start, end, order) of each verb of revealing that is ordered or demanded."""
    demanded = {y for _, y in s.spans("demand")}
    found = []
    for a, b in s.spans("reveal"):
        order = ORDER if a in demanded and setting.tech < 2 else order_at(s, a)
        possible = order == ORDER or (order == COORDINATED and setting.tech < 2)
        if possible and not _is_how_to(s, b, b + NEAR):
            found.append((a, b, order))
    return found


def _reveals_core(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for a, b, _order in _orders_to_reveal(s, setting):
        for x, y in nouns(s, b, FAR, "core_noun"):
            sure = _core_is_addressed(s, x, y) or residual(s, *META) <= 1
            yield Evidence("reveal", SURE if sure else HINT, (a, y))


def _reveals_rules(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    others = residual(s, *META)
    for a, b, order in _orders_to_reveal(s, setting):
        for x, y in nouns(s, b, FAR, "rule_noun"):
            if s.has("job", "question_noun") and not between(s, b, y + 3, "inner"):
                continue
            inner = between(s, max(b, x - NEAR), y + 3, "inner", "your", "context_of_you", "before")
            whole = between(s, b, y + 3, "everything")
            named = s.at(x, "instruction_noun") or (inner and whole)
            configured = s.at(x, "config_noun") and inner and others <= 2 and setting.pure < 2
            told = setting.tech < 1 and between(s, b, len(s.tokens), "before", "context_of_you")
            sure = named and (inner or (whole and others <= 1))
            if sure or configured or (order == ORDER and (told or (whole and others == 0))):
                yield Evidence("reveal", SURE, (a, y))
            elif named or inner or (setting.tech < 1 and others <= 2):
                yield Evidence("reveal", HINT, (a, y))


def _reveals_the_rest(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """Orders to reveal "them", what the other agents think, what was told, everything so far."""
    for a, b, order in _orders_to_reveal(s, setting):
        earlier = s.part((0, a)) if a else None
        if (
            order == ORDER
            and setting.tech < 1.5
            and b < len(s.tokens)
            and s.tokens[b].word in _THEM
            and earlier is not None
            and (earlier.has("core_noun") or (earlier.has("instruction_noun") and earlier.has("inner")))
        ):
            yield Evidence("reveal", SURE, (0, b + 1))
        if order == ORDER and s.has("inner_agent") and setting.tech < 1:
            yield Evidence("reveal", SURE, (a, len(s.tokens)))
        told = nouns(s, b, FAR, "context_of_you", "forbidden_to_you")
        if told and setting.tech < 1.5 and not s.has("question_noun"):
            yield Evidence("reveal", SURE, (a, told[-1][1]))
        so_far = nouns(s, b, NEAR, "everything") and nouns(s, b, 6, "before")
        if order == ORDER and so_far and setting.tech < 1:
            yield Evidence("reveal", SURE, (a, b))


def _code_calls(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for x, y in s.spans("core_noun"):
        called = [a for a, b in s.spans("reveal") if 0 < x - a <= 3]
        code = any(t.code for t in s.tokens[x:y])
        if called and code and len(s.tokens) <= 8 and not s.has("i", "we", "third"):
            yield Evidence("reveal", SURE, (0, len(s.tokens)))


def _asks_for_core(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    if not setting.asks and (not s.has("wh") or _is_how_to(s, 0, len(s.tokens))):
        return
    whole = (0, len(s.tokens))
    for x, y in s.spans("core_noun"):
        near = s.tokens[max(0, x - 2) : x]
        the = y - x > 1 and (
            any(t.word == "the" for t in near)
            or (is_cyrillic(s.tokens[x].word) and setting.tech < 1 and "такое" not in s.words)
        )
        owned = between(s, max(0, x - NEAR), y + 3, "your", "context_of_you", "you")
        if owned or the:
            yield Evidence("reveal", SURE, whole)


def _asks_for_inner(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    if not setting.asks and (not s.has("wh") or _is_how_to(s, 0, len(s.tokens))):
        return
    whole = (0, len(s.tokens))
    if s.has("inner_agent") and setting.tech < 1:
        yield Evidence("reveal", SURE, whole)
    if s.has("forbidden_to_you") and setting.tech < 2:
        yield Evidence("reveal", SURE, whole)
    for x, y in s.spans("instruction_noun"):
        owned = between(s, max(0, x - NEAR), y + NEAR, "your", "context_of_you")
        follows = between(s, x, y + 4, "you") and s.at(max(0, x - 1), "wh")
        if (owned or follows) and not s.has("job") and setting.pure < 1.5:
            yield Evidence("reveal", SURE, whole)
    for x, _y in s.spans("config_noun", "instruction_noun"):
        if between(s, max(0, x - 2), x, "concealed", "your") and not s.has("job", "i") and setting.pure < 1:
            yield Evidence("reveal", SURE, whole)
    if s.has("opposite") and s.has("core_noun", "instruction_noun") and s.has("your"):
        yield Evidence("reveal", SURE, whole)
    if s.has("context_of_you") and s.has("wh") and s.has("before") and setting.tech < 1:
        yield Evidence("reveal", HINT, whole)


def _continuations(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """A beginning that the assistant is to complete: "My instructions are:"."""
    for x, y in s.spans("core_noun", "instruction_noun"):
        opened = x <= 3 and y < len(s.tokens) and s.tokens[y].word in _COPULAS and len(s.tokens) <= y + 4
        if (
            opened
            and not setting.asks
            and between(s, 0, x + 1, "inner", "your", "core_noun", "me")
            and setting.tech < 1
        ):
            yield Evidence("reveal", SURE, (0, len(s.tokens)))
            return


def _secrets(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    if setting.tech < 1.5 and (setting.asks or any(order_at(s, a) == ORDER for a, _ in s.spans("reveal"))):
        for x, y in s.spans("secret_noun"):
            before = [t.word for t in s.tokens[max(0, x - 2) : x]]
            guarded = y - x > 1 or s.tokens[x].word in _GUARDED
            bare = setting.tech < 1 and residual(s, *META, "secret_noun") == 0
            if guarded and bare and is_cyrillic(s.tokens[x].word):
                yield Evidence("secret", SURE, (0, len(s.tokens)))
                return
            if guarded and set(before) & {"the", "your", "that"} and "my" not in before and not s.has("i", "third"):
                yield Evidence("secret", SURE, (0, len(s.tokens)))
                return
    for a, b in s.spans("reveal"):
        order = order_at(s, a)
        if order != ORDER:
            continue
        for _x, y in nouns(s, b, 7, "secret_noun"):
            to_me = between(s, a, y + 4, "me", "your", "context_of_you", "inner")
            if to_me and residual(s, *META, "secret_noun") <= 1:
                yield Evidence("secret", SURE, (a, y))
                return
    if s.has("secret_noun") and s.has("forbidden_to_you"):
        yield Evidence("secret", SURE, (0, len(s.tokens)))


def _own_rules(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """A mention of the assistant's own rules: a hint, whatever is done to them."""
    for x, y in s.spans("instruction_noun"):
        if between(s, max(0, x - 3), y + 3, "your") and not s.has("job") and setting.tech < 1.5:
            yield Evidence("own_rules", HINT, (x, y))
            return


RULES: tuple[Callable[[Sentence, Setting], Iterator[Evidence]], ...] = (
    _overrides, _voided, _reveals_core,
    _reveals_rules,
    _reveals_the_rest, _code_calls, _asks_for_core, _asks_for_inner, _continuations, _secrets, _own_rules,
)  # fmt: skip
