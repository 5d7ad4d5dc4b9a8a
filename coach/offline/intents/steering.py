"""Attempts on how the assistant acts: another role or mode, a grade, the difficulty, the form of replies."""

from collections.abc import Callable, Iterator

from coach.offline.intents.evidence import FAR, HINT, META, NEAR, SURE, Evidence, Setting, between, nouns
from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import NO_ORDER, ORDER, is_negated, order_at, residual


def _roles(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for a, b in s.spans("role_now"):
        after = s.part((b, min(len(s.tokens), b + 8)))
        to_you = any(s.at(i, "you") for i in range(a, b))
        somebody = after.has("assistant_noun", "mode_kind") or between(s, a, b, "assistant_noun")
        if to_you and (somebody or setting.tech < 1):
            imagined = (
                s.tokens[a].word in ("imagine", "suppose", "представь", "представьте", "вообрази") and not somebody
            )
            yield Evidence("role", HINT if imagined else SURE, (a, len(s.tokens)))
        elif order_at(s, a) == ORDER and (somebody or setting.tech < 1):
            yield Evidence("role", SURE, (a, len(s.tokens)))
        elif setting.tech < 2 and (s.has("you") or somebody):
            yield Evidence("role", HINT, (a, b))
    if s.has("unbound") and setting.tech < 2:
        yield Evidence("unbound", HINT, s.spans("unbound")[0])
    words = s.words
    opening = words[:2] == ["you", "are"] or (words[:1] in (["youre"], ["ты"]) and s.mark != "?")
    if opening and s.part((0, min(len(words), 8))).has("assistant_noun") and not setting.asks:
        yield Evidence("opening", HINT, (0, len(words)))
    if (
        s.has("reply_noun")
        and any(w in ("will", "must", "shall") for w in words)
        and s.has("everything")
        and setting.tech < 1
    ):
        yield Evidence("commands", HINT, (0, len(words)))


def _modes(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for x, y in s.spans("mode_noun"):
        kinds = [a for a, b in s.spans("mode_kind") if -2 <= a - y <= 1 or 0 <= x - b <= 1]
        verbs = [a for a, b in s.spans("mode_verb") if -3 <= x - b <= 5]
        if not kinds or not verbs:
            continue
        you = s.has("you")
        ordered = any(order_at(s, a) == ORDER for a in verbs)
        plain = residual(s, *META, "reveal") == 0
        of_agents = any(s.at(a, "agent_mode") for a in kinds) and ordered and setting.pure < 1
        if you or of_agents or (ordered and plain and len(s.tokens) <= 7):
            yield Evidence("mode", SURE, (min(verbs), y))
        elif ordered:
            yield Evidence("mode", HINT, (min(verbs), y))


def _grades(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    strong = s.spans("grade_strong")
    if strong and setting.tech < 1.5 and not setting.asks and not is_negated(s, strong[0][0]):
        yield Evidence("grade", SURE, (strong[0][0], len(s.tokens)))
    for a, b in s.spans("grade_verb"):
        order = order_at(s, a)
        if order == NO_ORDER:
            continue
        objects = [(x, y) for x, y in s.spans("grade_object") if b <= x < b + 10]
        if not objects:
            continue
        to_me = between(s, a, objects[-1][1] + 5, "to_me")
        if (to_me or len(objects) > 1 or residual(s, *META) == 0) and setting.tech < 2:
            mere = all(
                s.tokens[x].word
                in (
                    "feedback",
                    "фидбек",
                    "фидбэк",
                    "отзыв",
                    "review",
                    "score",
                    "результат",
                    "answer",
                    "mark",
                    "position",
                    "credit",
                    "evaluation",
                    "оценку",
                    "points",
                    "correct",
                )
                for x, _ in objects
            )
            yield Evidence("grade", HINT if mere and not s.has("beg", "threat") else SURE, (a, objects[-1][1]))
            if mere and any(y - x > 1 for x, y in objects):
                yield Evidence("good_grade", HINT, (a, objects[-1][1]))
    for x, y in s.spans("final_noun"):
        value = [p for p, _ in s.spans("grade_object") if 0 <= p - y <= 4 and p != x]
        if value and not s.has("i", "wh") and len(s.tokens) <= 12 and setting.tech < 1.5:
            yield Evidence("grade", SURE, (x, value[0] + 1))


def _pressure(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    begs = s.spans("beg")
    whole = (0, len(s.tokens))
    if begs and setting.tech < 1:
        count = len({a for a, _ in begs}) + s.has("please") + s.has("grade_object", "grade_verb")
        yield Evidence("beg", SURE if count >= 2 else HINT, whole)
    if s.has("threat_strong") and setting.tech < 2:
        yield Evidence("threat", SURE, whole)
    elif s.has("threat") and setting.tech < 1 and s.has("grade_object", "grade_verb"):
        yield Evidence("threat", HINT, whole)


def _bargains(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """The outcome against a consequence, a gift or somebody's plight."""
    if not s.has("outcome") or setting.pure >= 1 or between(s, 0, 1, "wh"):
        return
    whole = (0, len(s.tokens))
    if s.has("consequence") and (s.has("you", "your", "bargain") or s.has("conditional")):
        yield Evidence("threat", SURE, whole)
    if s.has("gift") and s.has("you", "your", "me", "bargain"):
        yield Evidence("bribe", SURE, whole)
    if s.has("plight") and (s.has("me", "you", "to_me") or setting.asks):
        yield Evidence("beg", SURE, whole)


def _difficulty(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for x, y in s.spans("difficulty_noun"):
        verbs = [a for a, b in s.spans("difficulty_verb") if -6 <= x - a <= 7 and a != x]
        of = y < len(s.tokens) and s.tokens[y].word in ("of", "in", "алгоритма", "кода", "задачи")
        if (
            verbs
            and not of
            and setting.pure < 1
            and not s.part((0, max(y, verbs[0] + 1))).has("wh", "third")
            and residual(s.part((0, y)), *META, "question_noun") <= 2
        ):
            yield Evidence("difficulty", SURE, (min(verbs), y))


def _formats(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for a, b in s.spans("reply_verb", "format_verb"):
        if order_at(s, a) != ORDER:
            continue
        limits = nouns(s, b, FAR, "format_limit")
        mine = nouns(s, b, NEAR, "reply_noun") and between(s, b, b + NEAR, "your")
        if s.at(a, "reply_verb") and limits and setting.tech < 2:
            yield Evidence("format", SURE, (a, len(s.tokens)))
            return
        if mine and (limits or s.at(a, "format_verb")) and setting.tech < 2:
            yield Evidence("format", SURE, (a, len(s.tokens)))
            return
        if limits and setting.tech < 1:
            yield Evidence("format", HINT, (a, limits[-1][1]))


def _authority(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    for a, _b in s.spans("obey_strong"):
        if not setting.asks and not s.has("third"):
            yield Evidence("obey", SURE, (a, len(s.tokens)))
            return
    if s.has("obey") and (s.has("you") or s.breaks) and setting.tech < 1:
        yield Evidence("obey", HINT, s.spans("obey")[0])
    if not setting.asks and s.has("authority_strong"):
        yield Evidence("authority", SURE, (s.spans("authority_strong")[0][0], len(s.tokens)))
    elif not setting.asks and s.has("authority") and setting.tech < 2:
        yield Evidence("authority", HINT, s.spans("authority")[0])


def _puppets(s: Sentence, setting: Setting) -> Iterator[Evidence]:
    """Words put into the assistant's mouth, and orders not to judge."""
    if s.has("no_evaluation") and setting.tech < 2:
        yield Evidence("grade", SURE, s.spans("no_evaluation")[0])
    if not s.quoted or setting.asks or s.has("question_noun"):
        return
    for a, b in s.spans("puppet"):
        quoted = any(i in s.quoted for i in range(b, b + 3))
        if quoted and setting.tech < 1 and order_at(s, a) != NO_ORDER:
            yield Evidence("puppet", SURE, (a, len(s.tokens)))
            return


RULES: tuple[Callable[[Sentence, Setting], Iterator[Evidence]], ...] = (
    _roles, _modes, _grades, _pressure, _bargains, _difficulty, _formats, _authority, _puppets,
)  # fmt: skip
