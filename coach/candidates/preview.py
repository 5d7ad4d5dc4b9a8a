"""What a persona would say, act by act, without an interviewer: every question of a bank put to it."""

from dataclasses import dataclass

from coach.candidates.finding import question_index
from coach.candidates.scripted import ScriptedCandidate
from coach.candidates.words import Sources

_CANDIDATES = 12
"""How many differently drawn candidates are asked; rare acts show in one of them."""


@dataclass(frozen=True, slots=True)
class Said:
    """One reply with what was meant by it."""

    act: str
    kind: str
    """The true kind, ``–`` where it is unscored."""
    text: str


def preview(sources: Sources, *, seed: int = 0, examples: int = 2) -> list[Said]:
    """Return up to ``examples`` different replies an act, in the order in which the acts first come."""
    index = question_index(sources.bank, sources.language)
    asked = [q.question.in_(sources.language) for q in sources.bank.questions]
    found: dict[str, list[Said]] = {}
    for number in range(_CANDIDATES):
        candidate = ScriptedCandidate(sources, index, seed=seed, case=f"preview|{number}")
        turn = number % len(asked)
        for message in ("", *asked[turn:], *asked[:turn]):
            decided = candidate.decide(message)
            truth = decided.act.truth
            said = Said(decided.act.act, truth.kind.value if truth.kind else "–", decided.text)
            have = found.setdefault(said.act, [])
            if len(have) < examples and said.text not in [s.text for s in have]:
                have.append(said)
            if said.act == "stop":
                break
    return [said for replies in found.values() for said in replies]
