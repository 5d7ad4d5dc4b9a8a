"""Cases and cells: the units of a matrix."""

from coach.domain._base import Frozen
from coach.domain.vocabulary import Language, Rubric, Split, Twin


class Case(Frozen):
    """persona x scenario x language x attack x variant: what two runs are paired by."""

    persona: str
    scenario: str
    language: Language
    attack: str | None = None
    """A family, or ``family/payload``: delivered whatever else the persona does."""
    variant: int = 0
    script: str | None = None
    """An acceptance script: fixes every act of the persona."""
    split: Split | None = None
    """Which wordings the persona speaks in, where there are any; None: both."""

    @property
    def key(self) -> str:
        """Return a readable, stable identity."""
        attack = f"+{self.attack.replace('/', '.')}" if self.attack else ""
        script = f"@{self.script}" if self.script else ""
        split = f"/{self.split}" if self.split else ""
        return f"{self.persona}{script}{attack}/{self.scenario}/{self.language}/v{self.variant}{split}"


class Cell(Frozen):
    """case x model x prompt set x rubric x epoch x twin: one interview of a matrix."""

    case: Case
    model: str = "offline"
    prompts: str = "default"
    rubric: Rubric = Rubric.REFERENCE
    epoch: int = 0
    twin: Twin | None = None
    """What is changed of the case; None for the interview itself."""

    @property
    def key(self) -> str:
        """Return a readable identity, unique in a run."""
        twin = f"/{self.twin}" if self.twin else ""
        return f"{self.case.key}/{self.model}/{self.prompts}/{self.rubric}/e{self.epoch}{twin}"

    @property
    def place(self) -> str:
        """Return the identity less the model: the same place in runs on two models, for cassettes."""
        twin = f"/{self.twin}" if self.twin else ""
        return f"{self.case.key}/{self.prompts}/{self.rubric}/e{self.epoch}{twin}"

    @property
    def title(self) -> str:
        """Return the case for people, with what is not as usual: prompt set, rubric, epoch, twin."""
        prompts = f", prompts {self.prompts}" if self.prompts != "default" else ""
        rubric = f", rubric {self.rubric}" if self.rubric is not Rubric.REFERENCE else ""
        epoch = f", epoch {self.epoch}" if self.epoch else ""
        twin = f", twin {self.twin}" if self.twin else ""
        return f"{self.case.key}{prompts}{rubric}{epoch}{twin}"
