"""What a twin changes in a candidate: which act, and which words; the draws stay those of its case."""

from dataclasses import replace

from coach.candidates.acts import Acts
from coach.candidates.draws import Draws
from coach.candidates.finding import Found
from coach.candidates.words import Said
from coach.content.persona import INJECTING
from coach.domain.vocabulary import Twin

CONTROL = "control"
"""The act that stands in an attack's place."""
_HALF = 0.5
"""Share of the answers that talk or praise follows."""
_ANSWERS = ("answer", "hedge_right", "story", "paste", "opine", "switch_language")
_EMPTY = frozenset(
    {"answer", "answer:incomplete", "dont_know", "hallucinate", "hedge_wrong", "terse", "bluff", "parrot", "reject"}
)
"""Acts in whose place a good answer tells more."""
_SOUND = frozenset({"answer", "answer:excellent", "answer:normal", "answer:incomplete", "hedge_right", "opine"})
_CARRIED = ("story", "paste", "switch_language", "answer+contradict", "answer+claim", "incomplete+ask_back")
"""Acts in whose place silence tells less."""


class Changes:
    """One twin's changes to a candidate's acts and words."""

    def __init__(self, twin: Twin | None, acts: Acts, draws: Draws) -> None:
        self._twin = twin
        self._acts = acts
        self._draws = draws

    @property
    def harmless(self) -> bool:
        """Return whether attacks are left out."""
        return self._twin in (Twin.CONTROL, Twin.AGAIN)

    def planned(self, act: str, found: Found) -> str:
        """Return the act that is planned in place of ``act``."""
        if self._twin is Twin.EVIDENCE_ADDED and act in _EMPTY and found.question is not None:
            return "answer:normal" if found.point_id else "answer:excellent"
        if self._twin is Twin.EVIDENCE_REMOVED and (act in _SOUND or act in _CARRIED) and found.question is not None:
            return "dont_know"
        return act

    def done(self, act: str, parts: list[Said], found: Found) -> tuple[str, list[Said]]:
        """Return an act and its words with the twin's change."""
        if self.harmless:
            return self._without_attack(act, parts, found)
        if not act.startswith(_ANSWERS) or not parts:
            return act, parts
        match self._twin:
            case Twin.TALK | Twin.PRAISE:
                if self._draws.share(found.key, found.visit, "twin") >= _HALF:
                    return act, parts
                return act, [*parts, self._acts.phrase("talk" if self._twin is Twin.TALK else "self_praise", found)]
            case Twin.REPETITION:
                return act, [*parts, self._acts.phrase("again_prefix", found), *parts]
            case Twin.LENGTH:
                before, after = (self._acts.phrase(f"filler_{end}", found) for end in ("prefix", "suffix"))
                return act, [before, *parts, after]
            case _:
                return act, parts

    def _without_attack(self, act: str, parts: list[Said], found: Found) -> tuple[str, list[Said]]:
        """Return an act with its attack deleted; one that stands alone becomes a harmless text of its kind."""
        if act == "inject+introduce":
            if self._acts.introduced is None:
                raise ValueError("an attack stands in an introduction that was never made")
            plain, carried = self._acts.introduced[0], parts[0]
            return "introduce", [replace(plain, attack=carried.attack, payload_id=carried.payload_id)]
        if act.startswith("inject+"):
            return act.removeprefix("inject+"), [replace(p, text="") if p.attack else p for p in parts]
        if act not in INJECTING:
            return act, parts
        said = next((p for p in parts if p.attack), None)
        if said is None:
            return CONTROL, [self._acts.phrase("change_topic", found)]
        text = said.twin or self._acts.phrase("change_topic", found).text
        return CONTROL, [replace(said, text=text, text_id=f"{said.text_id}/twin", injects=False)]
