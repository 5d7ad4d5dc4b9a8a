"""Small banks and scenarios for tests that do not need the real ones."""

from coach.content.bank import Bank, BankHeader, BankQuestion
from coach.content.scenario import Scenario
from coach.domain.vocabulary import Difficulty

LEVELS = tuple(Difficulty)


def both(text: str) -> dict[str, str]:
    return {"en": text, "ru": f"{text} по-русски"}


def wordings(*texts: str, **more: object) -> dict[str, list[dict[str, object]]]:
    return {
        "en": [{"text": t, **more} for t in texts],
        "ru": [{"text": f"{t} по-русски", **more} for t in texts],
    }


def bank_question(name: str, level: Difficulty, technology: str = "python", **changes: object) -> BankQuestion:
    data: dict[str, object] = {
        "id": name,
        "topic": both(f"topic {name}"),
        "technologies": [technology],
        "difficulty": level,
        "question": both(f"What does the {name} gadget do?"),
        "reference": both(f"The {name} gadget turns copper into {name} silver and then polishes the {name} surface."),
        "key_points": [
            {
                "id": "turns",
                "required": True,
                "text": both(f"It turns copper into {name} silver."),
                "ask": both(f"Into what does the {name} gadget turn copper?"),
                "terms": {"en": [[f"{name} silver"]], "ru": [[f"{name} silver"]]},
                "say": wordings(f"Copper becomes {name} silver."),
            },
            {
                "id": "input",
                "required": True,
                "text": both(f"It takes {name} copper."),
                "ask": both(f"What goes into the {name} gadget?"),
                "terms": {"en": [[f"{name} copper"]], "ru": [[f"{name} copper"]]},
                "say": wordings(f"It takes {name} copper."),
            },
            {
                "id": "polish",
                "required": False,
                "text": both(f"It polishes the {name} surface."),
                "ask": both(f"What happens to the {name} gadget's product at last?"),
                "terms": {"en": [[f"{name} polish"]], "ru": [[f"{name} polish"]]},
                "say": wordings(f"There is a {name} polish."),
            },
        ],
        "misconceptions": [
            {
                "id": "gold",
                "claim": both(f"The {name} gadget makes gold."),
                "correction": both(f"The {name} gadget makes silver, never gold."),
            }
        ],
        "answers": {
            "excellent": wordings(f"{name} copper becomes {name} silver with a {name} polish."),
            "normal": wordings(f"{name} copper becomes {name} silver."),
            "incomplete": wordings(f"It needs {name} copper.", covers=["input"]),
            "wrong": wordings(f"The {name} gadget makes gold.", misconception="gold"),
        },
    }
    return BankQuestion.model_validate(data | changes)


def bank(per_level: int = 3, technologies: tuple[str, ...] = ("python",)) -> Bank:
    questions = tuple(
        bank_question(f"{level.lower()}-{letter}", level, technologies[i % len(technologies)])
        for level in LEVELS
        for i, letter in enumerate("abcdefghij"[:per_level])
    )
    header = BankHeader.model_validate(
        {
            "id": "gadgets",
            "title": both("Gadgets"),
            "technologies": list(technologies),
            "aliases": {"python": ["питон"]},
        }
    )
    return Bank(header=header, questions=questions)


def scenario(**changes: object) -> Scenario:
    data: dict[str, object] = {
        "id": "gadget_smith",
        "title": both("Gadget smith"),
        "position": both("Gadget smith"),
        "required_grade": "middle",
        "stack": ["python"],
        "bank": "gadgets",
        "facts": {"en": ["The team has three people."], "ru": ["В команде три человека."]},
    }
    return Scenario.model_validate(data | changes)
