"""Intents by rules: what a reply does besides answering, in English and Russian."""

from coach.offline.intents.composition import read_intents
from coach.offline.intents.model import OFF_TOPIC, Intents, kind_without_content
from coach.offline.intents.reading import retyped

__all__ = ["OFF_TOPIC", "Intents", "kind_without_content", "read_intents", "retyped"]
