"""What a reply says about its speaker: name, position, grade, experience, technologies, in both languages."""

import re
from functools import lru_cache
from importlib import resources
from typing import Literal

import yaml

from coach.domain.analysis import CandidateProfile
from coach.domain.vocabulary import Grade
from coach.offline.intents.lexicon import look_up
from coach.offline.intents.reading import Sentence
from coach.offline.intents.speech import is_negated

Stage = Literal["introduction", "questions"]

_WORD = r"[A-ZА-ЯЁ][A-Za-zА-Яа-яЁё'’-]{1,30}"
_NAME = rf"({_WORD}(?:\s{_WORD})?)"
_ANY_NAME = r"([A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё'’-]{1,30}(?:\s[A-ZА-ЯЁ][A-Za-zА-Яа-яЁё'’-]{1,30})?)"
_NAMED = (
    re.compile(rf"(?i:\b(?:my name is|my name's|name is|the name's|call me|i go by|меня зовут|мое имя|моё имя|зовут меня|зовите меня|имя)\b)\s*[:—–-]?\s*{_ANY_NAME}"),
    re.compile(rf"(?i:\b(?:i am|i'm|i’m|im|this is|it's|я|это))\s*[—–-]?\s{_NAME}(?=\s*(?:[.,!;)—–-]|\Z|(?i:and\b|here\b|и\s)))"),
    re.compile(rf"^\s*(?i:(?:hi|hello|hey|good \w{{3,9}}|привет|здравствуйте|добрый \w{{2,6}}|доброе \w{{2,6}})[,!.]*\s+(?:all|everyone|всем|коллеги)?[,!.]?\s*)?{_NAME}\s*(?:(?i:here\b)|[,.—–]\s*(?:\d|(?i:i'm|i am|я\b|junior|middle|senior|lead|джун|мидл|сеньор|backend|python|бэк|бек|опыт|стек|программ|разраб)))"),
)  # fmt: skip
_NUMBERS_EN = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|half"
_NUMBERS_RU = (
    "один|одного|два|двух|две|три|тр[её]х|четыре|четыр[её]х|пять|пяти|шесть|шести|семь|семи|восемь|восьми|девять|девяти"
    "|десять|десяти|одиннадцать|двенадцать|пятнадцать|двадцать|полтора|полутора|пару|несколько"
)
_EXPERIENCE = re.compile(
    rf"(?<![\w.])((?:\d{{1,2}}(?:[.,]\d)?\s?(?:[-–]\s?\d{{1,2}}\s?)?\+?|(?:{_NUMBERS_EN}|{_NUMBERS_RU}|a|an))[\s-]"
    r"{0,2}\+?(?:years?|yrs?|yoe|months?|лет|года|годов|год|месяц(?:ев|а)?)|полгода|год с лишним)(?!\w)",
    re.IGNORECASE,
)
_A_YEAR = re.compile(
    r"\b(?:опыт\w{0,2}|работаю|стаж)\s(?:всего\s|около\s|примерно\s|уже\s)?(год|полгода|года)\b",
    re.IGNORECASE,
)
_ADJECTIVES = (
    "back-?end|front-?end|full-?stack|fullstack|python|java|golang|go|javascript|js|typescript|php|ruby|rust|kotlin|scala|swift"
    "|c\\+\\+|c#|\\.net|node(?:\\.?js)?|django|react|web|software|data|ml|ai|machine learning|devops|dev\\s?ops|mobile|android|ios"
    "|platform|cloud|site reliability|systems?|embedded|game|security|qa|test|automation|database|network"
    "|бэк-?энд|бэк-?енд|бек-?енд|бэк|бек|фронт-?энд|фронт-?енд|фулл?-?ст[еэ]к|питон|пайтон|веб|мобильный|системный|ведущий|java|джава"
)
_NOUNS = (
    "developer|engineer|programmer|architect|analyst|scientist|administrator|tester|dev|coder|specialist"
    "|разработчик|программист|инженер|девелопер|архитектор|аналитик|тестировщик|администратор|специалист|кодер"
)
_POSITION = re.compile(
    rf"(?<![\w])((?:(?:{_ADJECTIVES})[\s/-]{{1,3}}){{0,3}}(?:{_NOUNS}))(?:ка|цы|ом|а|у|ку|кой|ки|и|ы|е|s)?(?!\w)",
    re.IGNORECASE,
)
_POSITION_WORD = re.compile(
    r"(?<!\w)(бэкендер|бекендер|питонист|фронтендер|фулстекер|девопс|тимлид|техлид|devops|sre|data scientist|qa|team ?lead|tech ?lead)(?:ом|а)?(?!\w)",
    re.IGNORECASE,
)
_AREA = re.compile(
    r"(?i:\b(?:position of|position is|role is|role of|position|role|applying for|позици[юяи]|должность|роль|занимаюсь|работаю в|делаю))[:\s—–-]{1,4}(?:a |an |the )?"
    r"(back-?end(?: development)?|front-?end(?: development)?|full-?stack(?: development)?|бэк-?[еэ]нд\w{0,2}|бек-?[еэ]нд\w{0,2}|фронт-?[еэ]нд\w{0,2}|data science|machine learning)",
    re.IGNORECASE,
)
_BARE_POSITION_OF = frozenset({"dev", "specialist", "специалист", "coder", "кодер"})
_SPECIAL = {
    "c++": re.compile(r"(?<!\w)c\+\+", re.I),
    "c#": re.compile(r"(?<!\w)c#", re.I),
    ".net": re.compile(r"(?<!\w)\.net\b", re.I),
}
_GRADES = {"grade_lead": Grade.LEAD, "grade_senior": Grade.SENIOR, "grade_middle": Grade.MIDDLE, "grade_junior": Grade.JUNIOR, "grade_intern": Grade.INTERN}  # fmt: skip
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
        "colleague",
        "коллега",
    }
)
_NOT_NAMES = frozenset(
    ["python", "java", "backend", "back-end", "frontend", "fullstack", "full-stack", "senior", "junior", "middle", "lead", "django", "the", "not", "sure", "ready", "currently", "working", "really", "just", "also", "фронтенд", "бэкенд", "бекенд", "питон", "джун", "мидл", "сеньор", "готов", "работаю", "разработчик", "программист", "инженер", "интересно", "не", "очень", "now", "here", "fine", "happy", "going", "using", "что", "если"]
)  # fmt: skip
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
        for i, word in enumerate(words[:denied_at]):
            parts = [word, *word.split("-")] if "-" in word else [word]
            for part in parts:
                tag = _tag(part)
                # "go" and "rest" are words too: as names they are capitalized or stand in a list.
                if tag and not (word in ("go", "rest") and s.tokens[a + i].raw == word and b - a > 2):
                    found.setdefault(tag)
            for first, group in phrases.items():
                for alias, canonical in group if word.startswith(first) else ():
                    if len(alias) <= len(words) - i and all(
                        _fits(w, p) for w, p in zip(words[i:], alias, strict=False)
                    ):
                        found.setdefault(canonical)
    found.update({tag: None for tag, pattern in _SPECIAL.items() if pattern.search(text)})
    return list(found)


def _name(text: str) -> str | None:
    for i, pattern in enumerate(_NAMED):
        for match in pattern.finditer(text):
            parts = match.group(1).split()
            kept = []
            for part in parts:
                low = part.lower()
                if (
                    low in _NOT_NAMES
                    or _tag(low)
                    or look_up(low).concepts
                    & {"tech", "grade_senior", "grade_junior", "grade_middle", "small_talk"}
                    or (i and look_up(low).concepts & {"function", "praise"})
                ):
                    break
                kept.append(part if part[0].isupper() else part.capitalize())
            if kept:
                return " ".join(kept)
    return None


def _position(text: str) -> str | None:
    candidates = [m.group(1).strip() for m in _POSITION.finditer(text)]
    for found in sorted(candidates, key=lambda c: -len(c.split())):
        if found.lower() not in _BARE_POSITION_OF:
            return found
    for pattern in (_POSITION_WORD, _AREA):
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
    match = _EXPERIENCE.search(text) or _A_YEAR.search(text)
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
    return (
        s.has("self_intro")
        and s.has("i", "me")
        and bool(_EXPERIENCE.search(" ".join(t.raw for t in s.tokens)))
    )


def introduces(profile: CandidateProfile, stage: Stage) -> bool:
    """Return whether ``profile`` is enough to call a reply an introduction."""
    if stage == "introduction":
        return profile != CandidateProfile()
    return (
        profile.name is not None
        or (profile.experience is not None and profile.grade is not None)
        or (profile.position is not None and (profile.experience or profile.grade) is not None)
    )
