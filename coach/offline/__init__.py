"""The embedded offline model: a baseline that matches a bank and needs no key and no network."""

from coach.offline.knowledge import Knowledge
from coach.offline.model import OfflineModel

__all__ = ["Knowledge", "OfflineModel"]
