"""Which key points a reply gives: phrases of each group near each other, not negated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from coach.domain.question import KeyPoint, Question
from coach.text.clauses import sentences
from coach.text.tokens import NOT, is_free, tokens

_SKIPPED = 1
"""Content words that may stand between two words of one phrase."""
_FALLBACK = 0.6
"""Share of a point's own words, by rarity, that gives a point without terms."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply as content tokens, with where each of them stands."""

    keys: tuple[str, ...]
    raw: tuple[str, ...]
    sentence: tuple[int, ...]
    """The number of the sentence of each token."""
    clause: tuple[int, ...]
    """The number of the clause of each token."""
    at: Mapping[str, tuple[int, ...]]
    """The indexes of each token."""


@lru_cache(maxsize=256)
def read(reply: str) -> Reading:
    """Return ``reply`` read into content tokens, once for all the questions it is compared with."""
    keys: list[str] = []
    raw: list[str] = []
    sentence: list[int] = []
    clause: list[int] = []
    at: dict[str, list[int]] = {}
    clauses = 0
    for number, text in enumerate(sentences(reply)):
        clauses += 1
        said = tokens(text)
        for i, key in enumerate(said.keys):
            clauses += i in said.gaps
            at.setdefault(key, []).append(len(keys))
            keys.append(key)
            raw.append(said.raw[i])
            sentence.append(number)
            clause.append(clauses)
    positions = {key: tuple(where) for key, where in at.items()}
    return Reading(tuple(keys), tuple(raw), tuple(sentence), tuple(clause), positions)


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a phrase stands."""

    sentence: int
    blocked_by: int | None
    """The negation that denies it, unless another phrase of the point holds that negation."""


@lru_cache(maxsize=65536)
def _phrase(text: str) -> tuple[str, ...]:
    return tokens(text).keys


_Groups = tuple[tuple[tuple[str, ...], ...], ...]
_KEPT = 16384
_compiled: dict[int, tuple[KeyPoint, _Groups]] = {}


def _groups(point: KeyPoint) -> _Groups:
    """Return the groups of a point as token phrases; kept by identity, since hashing a point costs more."""
    known = _compiled.get(id(point))
    if known is not None and known[0] is point:
        return known[1]
    if len(_compiled) >= _KEPT:
        _compiled.clear()
    phrases = (tuple(dict.fromkeys(p for p in map(_phrase, group) if p)) for group in point.terms)
    groups = tuple(group for group in phrases if group)
    _compiled[id(point)] = (point, groups)
    return groups


def covered(question: Question, reply: str) -> frozenset[str]:
    """Return the ids of the key points of ``question`` that ``reply`` gives."""
    if not question.key_points or not reply.strip():
        return frozenset()
    reading = read(reply)
    said = reading.at.keys()
    return frozenset(
        point.id
        for point, firsts in _openings(question)
        if all(not said.isdisjoint(first) for first in firsts) and gives(point, reading, question)
    )


_of_bank: dict[tuple[int, str], tuple[tuple[Question, ...], dict[str, tuple[str, ...]]]] = {}
_REPLIES = 1024


def covered_of(questions: tuple[Question, ...], reply: str) -> dict[str, tuple[str, ...]]:
    """Return, by question, the ids of the points that ``reply`` gives, in order; questions without any are left out.

    The last replies are remembered by the identity of ``questions``: scripted candidates say the same words again.
    """
    known = _of_bank.get((id(questions), reply))
    if known is not None and known[0] is questions:
        return known[1]
    if len(_of_bank) >= _REPLIES:
        _of_bank.clear()
    found = {q.id: tuple(sorted(points)) for q in questions if (points := covered(q, reply))}
    _of_bank[id(questions), reply] = (questions, found)
    return found


_Openings = tuple[tuple[KeyPoint, tuple[frozenset[str], ...]], ...]
_opened: dict[int, tuple[Question, _Openings]] = {}


def _openings(question: Question) -> _Openings:
    """Return each point with the tokens that its groups' phrases begin with: most replies hold none of them."""
    known = _opened.get(id(question))
    if known is not None and known[0] is question:
        return known[1]
    if len(_opened) >= _KEPT:
        _opened.clear()
    firsts = tuple((p, tuple(frozenset(_beginnings(g)) for g in _groups(p))) for p in question.key_points)
    _opened[id(question)] = (question, firsts)
    return firsts


def _beginnings(group: tuple[tuple[str, ...], ...]) -> Iterable[str]:
    """Yield the tokens one of which a reply must hold for a phrase of ``group`` to stand in it."""
    for phrase in group:
        yield phrase[0]
        # Russian can put a negation after what it denies, but then the negation stands in the reply too.


def gives(point: KeyPoint, reading: Reading, question: Question) -> bool:
    """Return whether a reply gives ``point``: one phrase of every group in one or two adjacent sentences."""
    groups = _groups(point)
    if not groups:
        return _overlaps(point, reading, question)
    held: set[int] = set()
    found: list[list[_Match]] = []
    for group in groups:
        matches = [m for phrase in group if phrase[0] in reading.at for m in _find(phrase, reading, held)]
        if not matches:
            return False
        found.append(matches)
    places = [{m.sentence for m in matches if m.blocked_by is None or m.blocked_by in held} for matches in found]
    return any(all(s in p or s + 1 in p for p in places) for s in _starts(places))


def _starts(places: Sequence[set[int]]) -> Iterable[int]:
    first = places[0]
    return first | {s - 1 for s in first}


def _find(phrase: tuple[str, ...], reading: Reading, held: set[int]) -> Iterable[_Match]:
    """Yield where ``phrase`` stands; the negations that belong to it are added to ``held``."""
    for start in reading.at.get(phrase[0], ()):
        end = _end(phrase, reading, start)
        if end is None:
            continue
        own = [i for i in range(start, end) if reading.keys[i] == NOT]
        held.update(own)
        yield _Match(reading.sentence[start], _denial(reading, start, end))
    if len(phrase) == 2 and phrase[0] == NOT:
        yield from _inverted(phrase[1], reading, held)


def _inverted(denied: str, reading: Reading, held: set[int]) -> Iterable[_Match]:
    """Yield where ``denied`` stands before its negation, as Russian can say it."""
    for start in reading.at.get(denied, ()):
        after = start + 1
        if after == len(reading.keys) or reading.keys[after] != NOT or not is_free(reading.raw[after]):
            continue
        if reading.clause[after] == reading.clause[start]:
            held.add(after)
            yield _Match(reading.sentence[start], None)


def _end(phrase: tuple[str, ...], reading: Reading, start: int) -> int | None:
    """Return the index after ``phrase`` where it begins at ``start``, else None."""
    at = start
    for key in phrase[1:]:
        for skipped in range(_SKIPPED + 1):
            i = at + 1 + skipped
            if i >= len(reading.keys) or reading.sentence[i] != reading.sentence[start]:
                return None
            if reading.keys[i] == key:
                at = i
                break
            if reading.keys[i] == NOT:
                return None
        else:
            return None
    return at + 1


def _denial(reading: Reading, start: int, end: int) -> int | None:
    """Return the index of the negation just before (or, in Russian, after) a phrase, if one denies it."""
    before = start - 1
    if before >= 0 and reading.keys[before] == NOT and reading.clause[before] == reading.clause[start]:
        return before
    if end < len(reading.keys) and reading.keys[end] == NOT and reading.clause[end] == reading.clause[start]:
        last = end + 1 == len(reading.keys) or reading.clause[end + 1] != reading.clause[end]
        if last:
            return end
    return None


def _overlaps(point: KeyPoint, reading: Reading, question: Question) -> bool:
    """Return whether one or two adjacent sentences hold most of a point's own words, the same way denied."""
    wanted = frozenset(_phrase(point.text))
    if not wanted:
        return False
    weights = _rarity(tuple(p.text for p in question.key_points), question.text)
    total = sum(weights.get(k, 1.0) for k in wanted)
    said: dict[int, set[str]] = {}
    for key, sentence in zip(reading.keys, reading.sentence, strict=True):
        said.setdefault(sentence, set()).add(key)
    for sentence, keys in said.items():
        both = keys | said.get(sentence + 1, set())
        if (NOT in wanted) != (NOT in both):
            continue
        if sum(weights.get(k, 1.0) for k in wanted & both) >= _FALLBACK * total:
            return True
    return False


@lru_cache(maxsize=4096)
def _rarity(points: tuple[str, ...], question: str) -> Mapping[str, float]:
    """Return the weight of each word: what every point or the question itself says tells little."""
    asked = set(_phrase(question))
    counts: dict[str, int] = {}
    for text in points:
        for key in set(_phrase(text)):
            counts[key] = counts.get(key, 0) + 1
    return {key: 1.0 / count * (0.3 if key in asked else 1.0) for key, count in counts.items()}
