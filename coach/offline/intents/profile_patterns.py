"""The shapes in which candidates give their name, position and experience, in both languages."""

import re

_WORD = r"[A-ZА-ЯЁ][A-Za-zА-Яа-яЁё'’-]{1,30}"
_NAME = rf"({_WORD}(?:\s{_WORD})?)"
_ANY_NAME = rf"([A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё'’-]{{1,30}}(?:\s{_WORD})?)"
_SAYS_NAME = (
    r"my name is|my name's|name is|the name's|call me|i go by"
    r"|меня зовут|мое имя|моё имя|зовут меня|зовите меня|имя"
)
_GREETING = (
    r"(?:hi|hello|hey|good \w{3,9}|привет|здравствуйте|добрый \w{2,6}|доброе \w{2,6})[,!.]*\s+"
    r"(?:all|everyone|всем|коллеги)?[,!.]?\s*"
)
_GOES_ON = (
    r"\d|i'm|i am|я\b|junior|middle|senior|lead|джун|мидл|сеньор|backend|python"
    r"|бэк|бек|опыт|стек|программ|разраб"
)
NAMES = (
    re.compile(rf"(?i:\b(?:{_SAYS_NAME})\b)\s*[:—–-]?\s*{_ANY_NAME}"),
    re.compile(
        rf"(?i:\b(?:i am|i'm|i’m|im|this is|it's|я|это))\s*[—–-]?\s{_NAME}"
        r"(?=\s*(?:[.,!;)—–-]|\Z|(?i:and\b|here\b|и\s)))"
    ),
    re.compile(rf"^\s*(?i:{_GREETING})?{_NAME}\s*(?:(?i:here\b)|[,.—–]\s*(?i:{_GOES_ON}))"),
)
"""The surest first; each captures the name."""

_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|half|a|an"
    "|один|одного|два|двух|две|три|тр[её]х|четыре|четыр[её]х|пять|пяти|шесть|шести|семь|семи|восемь|восьми"
    "|девять|девяти|десять|десяти|одиннадцать|двенадцать|пятнадцать|двадцать|полтора|полутора|пару|несколько"
)
EXPERIENCE = re.compile(
    rf"(?<![\w.])((?:\d{{1,2}}(?:[.,]\d)?\s?(?:[-–]\s?\d{{1,2}}\s?)?\+?|(?:{_NUMBERS}))[\s-]"
    r"{0,2}\+?(?:years?|yrs?|yoe|months?|лет|года|годов|год|месяц(?:ев|а)?)|полгода|год с лишним)(?!\w)",
    re.IGNORECASE,
)
A_YEAR = re.compile(
    r"\b(?:опыт\w{0,2}|работаю|стаж)\s(?:всего\s|около\s|примерно\s|уже\s)?(год|полгода|года)\b",
    re.IGNORECASE,
)

_ADJECTIVES = (
    r"back-?end|front-?end|full-?stack|python|java|golang|go|javascript|js|typescript|php|ruby|rust|kotlin|scala"
    r"|swift|c\+\+|c#|\.net|node(?:\.?js)?|django|react|web|software|data|ml|ai|machine learning|devops"
    r"|dev\s?ops|mobile|android|ios|platform|cloud|site reliability|systems?|embedded|game|security|qa|test"
    r"|automation|database|network|бэк-?[эе]нд|бек-?енд|бэк|бек|фронт-?[эе]нд|фулл?-?ст[еэ]к|питон|пайтон|веб|мобильный"
    r"|системный|ведущий|джава"
)
_NOUNS = (
    "developer|engineer|programmer|architect|analyst|scientist|administrator|tester|dev|coder|specialist"
    "|разработчик|программист|инженер|девелопер|архитектор|аналитик|тестировщик"
    "|администратор|специалист|кодер"
)
POSITION = re.compile(
    rf"(?<!\w)((?:(?:{_ADJECTIVES})[\s/-]{{1,3}}){{0,3}}(?:{_NOUNS}))"
    r"(?:ка|цы|ом|а|у|ку|кой|ки|и|ы|е|s)?(?!\w)",
    re.IGNORECASE,
)
"""A position with its adjectives; the ending of a Russian case is left out."""
POSITION_WORD = re.compile(
    r"(?<!\w)(бэкендер|бекендер|питонист|фронтендер|фулстекер|девопс|тимлид|техлид|devops|sre"
    r"|data scientist|qa|team ?lead|tech ?lead)(?:ом|а)?(?!\w)",
    re.IGNORECASE,
)
POSITION_AREA = re.compile(
    r"\b(?:position of|position is|role is|role of|position|role|applying for|позици[юяи]|должность|роль"
    r"|занимаюсь|работаю в|делаю)[:\s—–-]{1,4}(?:a |an |the )?"
    r"(back-?end(?: development)?|front-?end(?: development)?|full-?stack(?: development)?|бэк-?[еэ]нд\w{0,2}"
    r"|бек-?[еэ]нд\w{0,2}|фронт-?[еэ]нд\w{0,2}|data science|machine learning)",
    re.IGNORECASE,
)
SPECIAL_TECHNOLOGIES = {
    "c++": re.compile(r"(?<!\w)c\+\+", re.IGNORECASE),
    "c#": re.compile(r"(?<!\w)c#", re.IGNORECASE),
    "ci-cd": re.compile(r"(?<!\w)ci\s?/\s?cd\b", re.IGNORECASE),
    ".net": re.compile(r"(?<!\w)\.net\b", re.IGNORECASE),
}
"""Names that are no plain words."""
