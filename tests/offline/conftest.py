from pathlib import Path

import pytest
import yaml

from coach.content.bank import Bank, BankHeader, BankQuestion
from coach.offline.knowledge import Knowledge

FOLDER = Path(__file__).parent / "bank"


@pytest.fixture(scope="session")
def bank() -> Bank:
    """A bank of real questions, small enough to reason about."""
    questions = [
        BankQuestion.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.yaml"))
        if path.name != "bank.yaml"
    ]
    header = BankHeader.model_validate(yaml.safe_load((FOLDER / "bank.yaml").read_text(encoding="utf-8")))
    return Bank(header=header, questions=tuple(questions))


@pytest.fixture(scope="session")
def knowledge(bank: Bank) -> Knowledge:
    return Knowledge.from_banks([bank])
