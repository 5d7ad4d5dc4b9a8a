"""Opinions, tastes and bad practices: neither right nor wrong."""

from coach.offline.intents.reading import Sentence


def is_opinion(s: Sentence) -> bool:
    """Return whether ``s`` states a taste, a view or the speaker's own bad habit."""
    if s.mark == "?":
        return False
    if s.has("opinion_mark"):
        return not s.has("unknown")
    return s.has("bad_practice") and s.has("habit", "i", "we", "me")
