"""Whether a reply gives key points, asserts a known misconception or contradicts what is right."""

from dataclasses import dataclass

from coach.domain.analysis import FactError
from coach.domain.question import Misconception, Question
from coach.domain.vocabulary import Language
from coach.offline.comparing import TRUE, Compared, Nearness, compared, rarity
from coach.offline.contradiction import denied_by
from coach.offline.knowledge import Facts, Knowledge
from coach.offline.likeness import Unit, said_in, units
from coach.offline.references import agreement
from coach.text.keypoints import covered


@dataclass(frozen=True, slots=True)
class _Bar:
    """What it takes to be taken for the assertion of a misconception."""

    like: float
    """Likeness to the misconception."""
    margin: float
    """How much nearer to it than to what is true."""
    words: int
    sentence: float
    """The margin of the whole sentence: a clause of what is by and large true accuses nobody."""


# Whoever gives what was asked is hardly wrong about it: the more is given, the more it takes to accuse.
_NOTHING_GIVEN = _Bar(0.15, -0.05, 2, -0.05)
_SOME_GIVEN = _Bar(0.25, 0.05, 3, 0.0)
_ALL_GIVEN = _Bar(0.3, 0.15, 3, 0.1)
_OTHERWISE = 0.5
"""Likeness to the statement of one key point that gives it without its terms."""
_OTHERWISE_MARGIN = 0.1
_OTHERWISE_WORDS = 3
_TECHNICAL = 0.3
"""Share of words of the banks from which talk counts as technical."""
_SHARED = 2
"""Words of a misconception that an accused statement has at least: one word in common is a coincidence."""
_MAX_CLAIM = 300
_MOST = 0.45
"""Share of a reference that makes an answer whole."""
_WHOLE, _BEYOND = "*", "+"
"""The ids of what a reference without key points asks for, and of a part of it or of more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What matching made of a reply's technical part."""

    covered: frozenset[str] = frozenset()
    """Key points given, of the active question (a follow-up has one)."""
    required: frozenset[str] = frozenset()
    misconception: Misconception | None = None
    claim: str = ""
    """The part of the reply that asserts the misconception, as it was said."""
    like: float = 0.0
    """How like that part is to what it was taken for."""
    contradicts_reference: FactError | None = None
    beside_answer: bool = False
    """All that is required is given by what else the reply says."""
    decided: bool = False
    """False: nothing is near enough to tell whether the reply is right."""
    on_question: bool = False
    """The reply has words of the question or its answer."""
    nearest: float = 0.0
    """How like its nearest statement is to a true one; 0 where another field already decides."""

    @property
    def error(self) -> FactError | None:
        """Return the false claim on the question with its correction, if there is one."""
        if self.misconception is not None:
            return FactError(claim=_short(self.claim), correction=self.misconception.correction)
        return self.contradicts_reference

    @property
    def complete(self) -> bool:
        """Return whether every required key point is given."""
        return bool(self.required) and self.required <= self.covered

    @property
    def beyond(self) -> bool:
        """Return whether a key point beyond the required ones is given."""
        return bool(self.covered - self.required)


def judge(question: Question, substance: str, knowledge: Knowledge) -> Verdict:
    """Return what ``substance`` says on ``question``: by the bank, else by the question's own reference.

    ``question`` may hold less than the bank (a rubric strips it); a follow-up is judged by its one point.
    """
    facts = knowledge.find(question)
    if facts is None:
        return _by_reference(question, substance, knowledge)
    return judge_by_facts(facts, _target(question, facts), substance, knowledge)


def _target(question: Question, facts: Facts) -> Question:
    """Return the active question with its key points: the bank's, or the one point of a follow-up."""
    name = question.id.partition("#")[2]
    point = next((p for p in facts.question.key_points if p.id == name), None)
    return facts.question.follow_up(point) if point else facts.question


def judge_by_facts(facts: Facts, target: Question, substance: str, knowledge: Knowledge) -> Verdict:
    """Return the verdict by ``facts``; ``target`` has the key points that count."""
    required = frozenset(p.id for p in target.key_points if p.required)
    points = covered(target, substance)
    known = _compared(facts, knowledge)
    said = units(substance)
    near = _Near(known)
    bar = _ALL_GIVEN if required <= points else _SOME_GIVEN if required & points else _NOTHING_GIVEN
    accused = _accused(near, substance, bar)
    if accused is not None:
        claim, name = accused
        like = near(claim).false[name]
        rest = substance.replace(claim.text, " ")
        beside = claim.text in substance and required <= covered(target, rest)
        return Verdict(
            covered=points,
            required=required,
            misconception=facts.misconception(name),
            claim=claim.text,
            like=like,
            beside_answer=beside,
            decided=True,
            on_question=True,
        )
    # Who gives a required point is not accused on the strength of a negation alone.
    denied = None if required & points else _denied(known, said)
    if denied is not None:
        return Verdict(covered=points, required=required, contradicts_reference=denied, decided=True, on_question=True)
    wanted = frozenset(p.id for p in target.key_points)
    if not wanted <= points:
        points |= _said_otherwise(near, said) & wanted
    nearest = max((near(u).true for u in said), default=0.0)
    touched = bool(points) or nearest > 0.0
    return Verdict(covered=points, required=required, decided=bool(points), on_question=touched, nearest=nearest)


class _Near:
    """The nearness of each statement of one reply, computed once."""

    def __init__(self, known: Compared) -> None:
        self._known = known
        self._found: dict[int, Nearness] = {}

    def shared(self, said: Unit, name: str) -> int:
        """Return how many words ``said`` has of what is said of a misconception."""
        return self._known.shared(said, name)

    def __call__(self, said: Unit) -> Nearness:
        found = self._found.get(id(said))
        if found is None:
            found = self._found[id(said)] = self._known.nearness(said)
        return found


def _said_otherwise(near: _Near, said: list[Unit]) -> frozenset[str]:
    """Return the key points that a reply gives without their terms: statements much like theirs."""
    found: set[str] = set()
    for one in said:
        if one.refuted or one.asks or len(one.roots) < _OTHERWISE_WORDS:
            continue
        here = near(one)
        for point, like in here.points.items():
            if like >= _OTHERWISE and like >= here.worst[0] + _OTHERWISE_MARGIN:
                found.add(point)
    return frozenset(found)


def sounds_technical(substance: str, language: Language, knowledge: Knowledge) -> bool:
    """Return whether a good part of the words are ones that the banks' references use."""
    roots = {r for u in units(substance) for r in u.roots}
    known = rarity(knowledge, language)
    return len(roots) > 1 and sum(r in known for r in roots) >= _TECHNICAL * len(roots)


def _compared(facts: Facts, knowledge: Knowledge) -> Compared:
    found = knowledge.prepared.get(id(facts))
    if found is None or found[0] is not facts:
        found = (facts, compared(facts, rarity(knowledge, facts.question.language)))
        knowledge.prepared[id(facts)] = found
    result: Compared = found[1]
    return result


def _accused(near: _Near, substance: str, bar: _Bar) -> tuple[Unit, str] | None:
    """Return the statement that most clearly asserts a misconception, and its id."""
    best: tuple[float, Unit, str] | None = None
    for sentence in said_in(substance):
        for one in sentence:
            like, name = near(one).worst
            margin = like - near(one).true
            if one is sentence[0] and margin < bar.sentence:
                break
            asserts = not (one.refuted or one.asks or one.subordinate) and len(one.roots) >= bar.words
            clear = like >= bar.like and margin >= bar.margin and near.shared(one, name) >= _SHARED
            if asserts and clear and (best is None or margin > best[0]):
                best = (margin, one, name)
    return (best[1], best[2]) if best else None


def _denied(known: Compared, said: list[Unit]) -> FactError | None:
    truths = [s.unit for s in known.statements if s.label == TRUE and s.stated]
    for one in said:
        denied = denied_by(one, truths, known.weights)
        if denied is not None:
            return FactError(claim=_short(one.text), correction=known.facts.question.reference)
    return None


def _by_reference(question: Question, substance: str, knowledge: Knowledge) -> Verdict:
    if question.key_points:
        points = covered(question, substance)
        required = frozenset(p.id for p in question.key_points if p.required)
    else:
        points, required = frozenset[str](), frozenset({_WHOLE})
    found = agreement(question, substance, rarity(knowledge, question.language))
    if found.denied:
        error = FactError(claim=_short(found.denied), correction=_short(found.truth))
        return Verdict(points, required, contradicts_reference=error, decided=True, on_question=True)
    if not question.key_points and found.agrees:
        whole = frozenset({_WHOLE, _BEYOND}) if found.rich else frozenset({_WHOLE})
        points = whole if found.share >= _MOST else frozenset({_BEYOND})
    # Whether talk is about a foreign question, its few words can't tell: the intents have to.
    return Verdict(points, required, decided=bool(points), on_question=True)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_CLAIM else f"{text[: _MAX_CLAIM - 1]}…"
