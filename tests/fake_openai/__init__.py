"""A fake OpenAI endpoint on a loopback socket: real HTTP, known answers, faults on demand."""

from tests.fake_openai.answers import Answers, digest, rehearse
from tests.fake_openai.server import FakeOpenAI, Fault

__all__ = ["Answers", "FakeOpenAI", "Fault", "digest", "rehearse"]
