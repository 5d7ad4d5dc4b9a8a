"""A reply as sentences of tokens with offsets, concepts and pieces: what every intent's rules look at."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from coach.offline.intents.folding import familiarity, folded
from coach.offline.intents.lexicon import GAP, Phrase, look_up
from coach.text.disguises import other_layout, unscrambled

_Z = "\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_PART = re.compile(
    rf"(?P<word>[\w{_Z}]+(?:['’‘ʼ`@‑-][\w{_Z}]+)*)"
    r"|(?P<end>(?<![.!?…])[.!?…]+(?=[\s\"'»”)\]*]|\Z)|\n+)"
    r"|(?P<fence>`{3,})"
    r"|(?P<quote>[\"«»“”„`]|(?<![\w'])'(?=\w)|(?<=[\w.!?,])'(?!\w))"
    r"|(?P<pause>[,;:()—–|<>\[\]\x1b]|(?<=\s)-(?=\s))"
)
_SUBWORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[А-ЯЁа-яё]+")
_CAMEL = re.compile(r"[a-z][A-Z]")
_LONGEST = 80
"""Tokens a sentence may have; a longer one is cut so that work stays linear."""
_UNFAMILIAR, _FAMILIAR = 0.3, 0.6
_LAYOUT_CHECKED = 2000
_SCRAMBLED = 3
"""Words from which a reply may be rotated or reversed."""
_SPELLED_OUT = 4

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Token:
    """One word: as folded, and where it stands in the reply."""

    word: str
    raw: str
    start: int
    end: int
    code: bool = False
    """Part of an identifier such as ``snake_case`` or ``camelCase``."""


@dataclass(slots=True)
class Sentence:
    """The tokens of one sentence, which concepts they hold (as token spans), and its pieces."""

    tokens: list[Token] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """Indexes of the tokens that begin a new piece (after a comma, colon, dash, bracket)."""
    quoted: set[int] = field(default_factory=set)
    """Indexes of the tokens inside quotation marks."""
    mark: str = ""
    """``?``, ``!``, ``.`` or nothing: how it ends."""
    where: dict[str, list[Span]] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """Return the folded words."""
        return [t.word for t in self.tokens]

    def has(self, *concepts: str) -> bool:
        """Return whether any of ``concepts`` occurs."""
        return any(c in self.where for c in concepts)

    def spans(self, *concepts: str) -> list[Span]:
        """Return where ``concepts`` occur, in order."""
        return sorted(s for c in concepts for s in self.where.get(c, ()))

    def at(self, index: int, *concepts: str) -> bool:
        """Return whether one of ``concepts`` covers the token at ``index``."""
        return any(a <= index < b for c in concepts for a, b in self.where.get(c, ()))

    def pieces(self) -> list[Span]:
        """Return the pieces as token spans, none empty."""
        edges = sorted({0, *self.breaks, len(self.tokens)})
        return [(a, b) for a, b in itertools.pairwise(edges) if a < b]

    def part(self, span: Span) -> "Sentence":
        """Return the tokens of ``span`` as a sentence of its own."""
        a, b = span
        where: dict[str, list[Span]] = {}
        for concept, spans in self.where.items():
            inside = [(x - a, y - a) for x, y in spans if a <= x and y <= b]
            if inside:
                where[concept] = inside
        return Sentence(
            self.tokens[a:b],
            [i - a for i in self.breaks if a < i < b],
            {i - a for i in self.quoted if a <= i < b},
            self.mark if b == len(self.tokens) else "",
            where,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole reply."""

    text: str
    sentences: tuple[Sentence, ...]


def _tokens_of(match: re.Match[str]) -> Iterator[Token]:
    raw, start = match.group(), match.start()
    word = folded(raw)
    if not word:
        return
    if "_" not in raw and not _CAMEL.search(raw):
        yield Token(word, raw, start, match.end())
        return
    entry = look_up(word)
    if entry.concepts:
        yield Token(word, raw, start, match.end(), code=True)
        return
    for sub in _SUBWORD.finditer(raw):
        inner = folded(sub.group())
        if inner:
            yield Token(inner, sub.group(), start + sub.start(), start + sub.end(), code=True)


def _joined(tokens: list[Token], text: str) -> Token | None:
    """Return the word that runs of single letters at the end of ``tokens`` spell, where they do."""
    count = 0
    while count < len(tokens) and len(tokens[-1 - count].word) == 1 and tokens[-1 - count].word.isalpha():
        count += 1
    if count < _SPELLED_OUT:
        return None
    letters = tokens[-count:]
    start, end = letters[0].start, letters[-1].end
    return Token("".join(t.word for t in letters), text[start:end], start, end)


@dataclass(slots=True)
class _Splitter:
    """Where the splitting of a reply into sentences stands."""

    sentence: Sentence = field(default_factory=Sentence)
    quoted: bool = False
    fenced: bool = False

    def take(self, match: re.Match[str]) -> None:
        """Add the words of ``match`` to the sentence."""
        for token in _tokens_of(match):
            if self.quoted:
                self.sentence.quoted.add(len(self.sentence.tokens))
            self.sentence.tokens.append(replace(token, code=True) if self.fenced else token)

    def mark(self, kind: str, sign: str) -> None:
        """Note a sign inside the sentence: a fence, a quotation mark or a pause."""
        if kind == "fence":
            self.fenced = not self.fenced
        elif kind == "quote":
            self.quoted = sign in "«“„" or (sign in "\"`'" and not self.quoted)
        elif self.sentence.tokens:
            self.sentence.breaks.append(len(self.sentence.tokens))

    def ends(self, sign: str) -> bool:
        """Return whether ``sign`` ends the sentence: not an empty one, nor after a single letter."""
        tokens = self.sentence.tokens
        return bool(tokens) and not (sign == "." and len(tokens[-1].word) == 1)

    def finish(self, sign: str = "") -> Sentence:
        """Return the sentence and begin another."""
        done = self.sentence
        done.mark = "?" if "?" in sign else sign[:1].strip()
        self.sentence = Sentence()
        return done


def _split(text: str) -> Iterator[Sentence]:
    state = _Splitter()
    for match in _PART.finditer(text):
        kind = str(match.lastgroup)
        if kind == "word":
            state.take(match)
            if len(state.sentence.tokens) >= _LONGEST:
                yield state.finish()
        elif kind == "end":
            if state.ends(match.group()):
                state.quoted = False
                yield state.finish(match.group())
        else:
            state.mark(kind, match.group())
    if state.sentence.tokens:
        yield state.finish()


def _spelled(sentence: Sentence, text: str) -> Sentence:
    """Return ``sentence`` with words that were s p e l l e d out put together."""
    if sum(len(t.word) == 1 for t in sentence.tokens) < _SPELLED_OUT:
        return sentence
    tokens: list[Token] = []
    breaks: list[int] = []
    for token in [*sentence.tokens, None]:
        if token is None or len(token.word) > 1:
            whole = _joined(tokens, text)
            if whole is not None:
                while tokens and tokens[-1].start >= whole.start:
                    tokens.pop()
                tokens.append(whole)
        if token is not None:
            tokens.append(token)
    return Sentence(tokens, breaks, set(), sentence.mark)


def _matches(keys: list[frozenset[str]], phrase: Phrase, index: int) -> int | None:
    """Return the index after ``phrase`` where it begins at ``index``, else None."""
    at, gap = index, 0
    for word in phrase.words:
        if word == "~":
            gap = GAP
            continue
        for skipped in range(gap + 1):
            if at + skipped < len(keys) and word in keys[at + skipped]:
                at += skipped + 1
                break
        else:
            return None
        gap = 0
    return at


def _mark(sentence: Sentence) -> None:
    entries = [look_up(t.word) for t in sentence.tokens]
    keys = [e.keys for e in entries]
    for i, entry in enumerate(entries):
        for concept in entry.concepts:
            sentence.where.setdefault(concept, []).append((i, i + 1))
        for phrase in entry.phrases:
            end = _matches(keys, phrase, i)
            if end is not None:
                sentence.where.setdefault(phrase.concept, []).append((i, end))


def retyped(text: str) -> str:
    """Return ``text``, or what it is on the other keyboard layout, rotated or reversed, where only that makes words.

    One or two words are only tried on the other layout: reversed, ``LRU`` would make a word, too.
    """
    sample = text[:_LAYOUT_CHECKED]
    if _familiar(sample) > _UNFAMILIAR:
        return text
    tried = unscrambled(text) if len(sample.split()) >= _SCRAMBLED else (other_layout(text),)
    for plain in tried:
        if _familiar(plain[:_LAYOUT_CHECKED]) >= _FAMILIAR:
            return plain
    return text


def _familiar(text: str) -> float:
    return familiarity(folded(m.group()) for m in _PART.finditer(text) if m.lastgroup == "word")


def read(reply: str) -> Reading:
    """Return ``reply`` read into sentences; offsets are those of ``reply``. Linear in its length."""
    sentences = []
    for sentence in _split(retyped(reply)):
        whole = _spelled(sentence, reply)
        _mark(whole)
        sentences.append(whole)
    return Reading(reply, tuple(sentences))
