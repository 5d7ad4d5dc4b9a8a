"""Talk that is not about the question: everyday requests, small talk, flattery, changes of topic."""

from itertools import pairwise

from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import NO_ORDER, ORDER, everyday, lead_end, order_at, residual

CHATTER = 0.9
"""Evidence from a sentence that is plainly off the topic."""
NEUTRAL = 0.35
"""Evidence from a statement with nothing technical and nothing of everyday life."""
_WANTS = frozenset({"need", "want", "wanna", "хочу", "хотел", "хотела", "нужно"})


def _wants(s: Sentence) -> bool:
    words = s.words
    polite = any(a in ("would", "id") and b in ("like", "love") for a, b in pairwise(words))
    return polite or bool(_WANTS & set(words))


def is_small_talk(s: Sentence) -> bool:
    """Return whether ``s`` only greets, thanks or fills in."""
    if not s.has("small_talk"):
        return False
    return residual(s, "small_talk", "time_now", "praise", "everyday_weak") == 0 and len(s.tokens) <= 10


def is_flattery(s: Sentence, tech: float) -> bool:
    """Return whether ``s`` praises or insults the interviewer, the questions or the interview."""
    if not s.has("praise") or tech >= 1.5 or s.mark == "?":
        return False
    if s.has("you") or (s.has("interview", "question_noun", "interviewer_noun") and tech < 1):
        return len(s.tokens) <= 25
    return False


def is_topic_change(s: Sentence, tech: float) -> bool:
    """Return whether ``s`` asks for another topic or another question."""
    if not s.has("topic_change"):
        return False
    first = s.spans("topic_change")[0][0]
    return first <= max(4, lead_end(s) + 3) or s.has("request", "want")


def request_strength(s: Sentence, tech: float) -> float:
    """Return how surely ``s`` asks for a service that no interviewer gives, 0 to 1."""
    daily = everyday(s)
    ordered = [a for a, _ in s.spans("command") if order_at(s, a) == ORDER]
    framed = any(a <= lead_end(s) + 1 for a, _ in s.spans("request"))
    if not ordered and not framed:
        return 0.0
    if daily > tech or (daily >= 1 and daily == tech):
        return CHATTER
    if tech < 1 and (s.has("me") or framed):
        return CHATTER
    if s.has("me") and daily >= 0.5 and daily >= tech / 2:
        return CHATTER
    service = any(order_at(s, a) == ORDER for a, _ in s.spans("service"))
    return 0.6 if service and tech < 1 and residual(s, "command") > 0 else 0.0


def declared(s: Sentence, tech: float) -> float:
    """Return how surely the statement ``s`` is chatter, 0 to 1."""
    daily = everyday(s)
    if daily >= 1 and (daily > tech or (daily == tech and s.has("i", "me"))):
        return CHATTER
    if tech == 0 and s.has("i", "me") and daily >= 0.5:
        return 0.7
    wants = s.has("i") and _wants(s)
    if wants and tech <= 0.5 <= daily:
        return 0.7
    if tech > 0:
        return 0.0
    orders = any(order_at(s, a) != NO_ORDER for a, _ in s.spans("command"))
    if (orders and s.has("me", "please")) or s.has("personal_state"):
        return CHATTER
    if wants and residual(s, "hedge", "unknown", "skip") > 0:
        return 0.7
    return NEUTRAL
