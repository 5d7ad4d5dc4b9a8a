"""What a reply says about its speaker: name, position, grade, experience, technologies, in both languages."""

from functools import lru_cache, partial
from importlib import resources
from itertools import takewhile
from typing import Literal

import yaml

from coach.domain.analysis import CandidateProfile
from coach.domain.vocabulary import Grade
from coach.offline.intents.lexicon import look_up
from coach.offline.intents.profile_patterns import (
    A_YEAR,
    EXPERIENCE,
    NAMES,
    POSITION,
    POSITION_AREA,
    POSITION_WORD,
    SPECIAL_TECHNOLOGIES,
)
from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import is_negated

Stage = Literal["introduction", "questions"]

_BARE_POSITION_OF = frozenset({"dev", "specialist", "специалист", "coder", "кодер"})
_GRADES = {
    "grade_lead": Grade.LEAD,
    "grade_senior": Grade.SENIOR,
    "grade_middle": Grade.MIDDLE,
    "grade_junior": Grade.JUNIOR,
    "grade_intern": Grade.INTERN,
}
_OTHERS = frozenset(
    {
        "our",
        "their",
        "his",
        "her",
        "наш",
        "наша",
        "нашего",
        "нашим",
        "by",
        "with",
        "от",
        "from",
        "моего",
        "моему",
    }
)
_NO_NAME = ("not_a_name", "tech", "small_talk", *_GRADES)
_WITHOUT = frozenset({"no", "not", "without", "never", "не", "без", "нет", "никогда", "havent", "dont"})


@lru_cache(maxsize=1)
def _technologies() -> tuple[dict[str, str], dict[str, str], dict[str, list[tuple[tuple[str, ...], str]]]]:
    """Return canonical tags by exact word, by word beginning, and phrases by first word."""
    text = (resources.files(__package__) / "data" / "technologies.yaml").read_text(encoding="utf-8")
    exact: dict[str, str] = {}
    begins: dict[str, str] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for tag, aliases in yaml.safe_load(text).items():
        for alias in (a.strip() for a in str(aliases).split(",")):
            if " " in alias:
                parts = tuple(alias.split())
                phrases.setdefault(parts[0].rstrip("*"), []).append((parts, str(tag)))
            elif alias.endswith("*"):
                begins[alias[:-1]] = str(tag)
            else:
                exact[alias] = str(tag)
    return exact, begins, phrases


@lru_cache(maxsize=8192)
def _tag(word: str) -> str | None:
    exact, begins, _ = _technologies()
    if word in exact:
        return exact[word]
    return next((begins[word[:n]] for n in range(len(word), 2, -1) if word[:n] in begins), None)


def _fits(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


def technologies_in(s: Sentence, text: str) -> list[str]:
    """Return the canonical technologies that ``s`` names and does not deny, in order."""
    found: dict[str, None] = {}
    _, _, phrases = _technologies()
    edges = s.pieces()
    for a, b in edges:
        words = s.words[a:b]
        denied_at = next((i for i, w in enumerate(words) if w in _WITHOUT), len(words))
        within: set[int] = set()
        for i, word in enumerate(words[:denied_at]):
            for first, group in phrases.items():
                for alias, canonical in group if word.startswith(first) else ():
                    if len(alias) <= len(words) - i and all(
                        _fits(w, p) for w, p in zip(words[i:], alias, strict=False)
                    ):
                        found.setdefault(canonical)
                        within.update(range(i, i + len(alias)))
        for i, word in enumerate(words[:denied_at]):
            parts = [word, *word.split("-")] if "-" in word else [word]
            for part in parts if i not in within else ():
                tag = _tag(part)
                # "go" and "rest" are words too: as names they are capitalized or stand in a list.
                if tag and not (word in ("go", "rest") and s.tokens[a + i].raw == word and b - a > 2):
                    found.setdefault(tag)
    found.update({tag: None for tag, pattern in SPECIAL_TECHNOLOGIES.items() if pattern.search(text)})
    return list(found)


def _is_name(word: str, *, sure: bool) -> bool:
    word = word.lower()
    concepts = look_up(word).concepts
    doubtful = not sure and concepts & {"function", "praise"}
    return not (_tag(word) or concepts & frozenset(_NO_NAME) or doubtful)


def _name(text: str) -> str | None:
    for i, pattern in enumerate(NAMES):
        for match in pattern.finditer(text):
            is_name = partial(_is_name, sure=i == 0)
            kept = list(takewhile(is_name, match.group(1).split()))
            if kept:
                return " ".join(w if w[0].isupper() else w.capitalize() for w in kept)
    return None


def _position(text: str) -> str | None:
    candidates = [m.group(1).strip() for m in POSITION.finditer(text)]
    for found in sorted(candidates, key=lambda c: -len(c.split())):
        if found.lower() not in _BARE_POSITION_OF:
            return found
    for pattern in (POSITION_WORD, POSITION_AREA):
        match = pattern.search(text)
        if match:
            return match.group(1)
    return None


def _grade(s: Sentence) -> Grade | None:
    found = []
    for concept, grade in _GRADES.items():
        for a, b in s.spans(concept):
            before = {t.word for t in s.tokens[max(0, a - 3) : a]}
            after = s.tokens[b].word if b < len(s.tokens) else ""
            if (
                before & _OTHERS
                or is_negated(s, a)
                or after in ("to", "the", "a", "colleague", "colleagues", "коллеги")
            ):
                continue
            found.append((a, grade))
    return min(found, default=(0, None), key=lambda f: f[0])[1]


def _experience(text: str) -> str | None:
    match = EXPERIENCE.search(text) or A_YEAR.search(text)
    return match.group(1).strip() if match else None


def profile_of(s: Sentence, text: str, stage: Stage) -> CandidateProfile | None:
    """Return what the sentence ``s`` (``text`` as written) says about its speaker, None where nothing."""
    own = s.has("self_intro") or (s.has("i") and s.has("seniority_noun", *_GRADES)) or s.has("me")
    name = _name(text)
    if stage == "questions" and not (own and s.has("self_intro", "i", "me")) and name is None:
        return None
    profile = CandidateProfile(
        name=name,
        position=_position(text) if stage == "introduction" or s.has("self_intro") else None,
        grade=_grade(s) if stage == "introduction" or s.has("seniority_noun") else None,
        experience=_experience(text),
        technologies=tuple(technologies_in(s, text)) if stage == "introduction" or _lists_skills(s) else (),
    )
    return None if profile == CandidateProfile() else profile


def _lists_skills(s: Sentence) -> bool:
    """Whether a sentence in the middle of the questions is about the speaker's own skills."""
    return s.has("self_intro") and s.has("i", "me") and bool(EXPERIENCE.search(" ".join(t.raw for t in s.tokens)))


def introduces(profile: CandidateProfile, stage: Stage) -> bool:
    """Return whether ``profile`` is enough to call a reply an introduction."""
    if stage == "introduction":
        return profile != CandidateProfile()
    return (
        profile.name is not None
        or (profile.experience is not None and profile.grade is not None)
        or (profile.position is not None and (profile.experience or profile.grade) is not None)
    )
