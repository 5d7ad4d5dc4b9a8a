"""A persona whose words come from a model: the act and its truth are decided first, the model only words it."""

from collections.abc import Callable
from pathlib import Path

from coach.candidates.acts import WRITTEN
from coach.candidates.scripted import Decided, ScriptedCandidate
from coach.candidates.wordings import flags, problems
from coach.domain.question import Question
from coach.domain.tasks import Wording, WordingTask
from coach.domain.truth import Utterance, Worded
from coach.domain.vocabulary import Language
from coach.errors import MalformedAnswer
from coach.models.calling import Caller
from coach.models.templates import Templates

PROMPTS = Templates((Path(__file__).parent / "prompts",), ("candidate",), mark="text")
_EARLIER = 3
_WORDINGS = 2
"""A wording and one more try."""
_VERBATIM = frozenset({"gibberish"})
"""Acts whose words would not be the same act in other words."""


class SimulatedCandidate:
    """A scripted candidate who speaks in a model's words.

    A wording is rejected by mechanical checks only; after two the script's words are used, so that no act is
    lost. Attack payloads are never reworded: their success is measured on their text.
    """

    def __init__(
        self,
        scripted: ScriptedCandidate,
        caller: Caller,
        *,
        bank: str,
        language: Language,
        persona: str,
        nonce: Callable[[str], str],
    ) -> None:
        """Take who decides, who is asked for words, the bank's id, and how the persona is described."""
        self._scripted = scripted
        self._caller = caller
        self._bank = bank
        self._language = language
        self._persona = persona
        self._nonce = nonce
        self._turn = 0
        self._said: list[str] = []

    async def reply(self, message: str) -> Utterance:
        """Return the persona's next words and the truth about them.

        Raises:
            TransportError: the model could not be reached.
        """
        self._turn += 1
        decided = self._scripted.decide(message)
        fixed = [p.text for p in decided.parts if p.payload_id and p.text]
        free = " ".join(p.text for p in decided.parts if not p.payload_id)
        written = any(p.text_id.startswith(WRITTEN) for p in decided.parts)
        if not (free or written) or decided.act.act in _VERBATIM:
            text, worded = decided.text, Worded(source="script")
        else:
            text, worded = await self._word(decided, free, message)
            if not text:
                said = self._scripted.gives_up(decided)
                self._said.append(said.text)
                act = said.act.model_copy(update={"worded": worded}) if said.act else None
                return Utterance(text=said.text, act=act)
            text = " ".join([text, *fixed])
        self._said.append(text)
        return Utterance(text=text, act=decided.act.model_copy(update={"worded": worded}))

    async def _word(self, decided: Decided, say: str, message: str) -> tuple[str, Worded]:
        """Return the words of an act and how it came by them."""
        rejected: list[str] = []
        for number in range(_WORDINGS):
            task = WordingTask(
                language=self._language,
                nonce=self._nonce(f"{self._turn}|candidate|{number}"),
                persona=self._persona,
                act=decided.act.act,
                message=message,
                say=say,
                earlier=tuple(self._said[-_EARLIER:]),
                rejected=tuple(rejected),
            )
            try:
                text = (await self._caller.ask(task, Wording, self._turn)).reply.strip()
            except MalformedAnswer:
                rejected.append("malformed")
                continue
            wrong = problems(text, task, before=self._said)
            if not wrong:
                question = self._question(decided)
                found = flags(decided.act, say, text, question)
                return text, Worded(source="model", rejected=tuple(rejected), flags=found)
            rejected.append("+".join(wrong))
        return say, Worded(source="script", rejected=tuple(rejected))

    def _question(self, decided: Decided) -> Question | None:
        if decided.question is None:
            return None
        return decided.question.for_engine(self._bank, self._language)
