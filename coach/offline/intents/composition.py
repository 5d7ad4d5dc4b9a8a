"""From a reply to its intents: what is no answer is taken out sentence by sentence, the rest is substance."""

from coach.domain.analysis import CandidateProfile
from coach.domain.vocabulary import Asks
from coach.offline.intents import off_topic as chatter
from coach.offline.intents.attacks import PRESSURES, is_attack, take_out_attack
from coach.offline.intents.dont_know import is_partial, left_after, skip_span, unknown_span
from coach.offline.intents.findings import Found
from coach.offline.intents.forgery import forged_markers, signs
from coach.offline.intents.gibberish import is_gibberish
from coach.offline.intents.hedges import is_hedged
from coach.offline.intents.injection import evidence
from coach.offline.intents.introduction import Stage, introduces, profile_of
from coach.offline.intents.model import Intents
from coach.offline.intents.opinions import is_opinion
from coach.offline.intents.questions import Asked, asked
from coach.offline.intents.reading import Reading, Sentence, Span, read
from coach.offline.intents.speech import (
    Topics,
    asks,
    lead_end,
    residual,
    technical,
    topics_of,
)
from coach.offline.intents.stances import read_stances, says_nothing
from coach.offline.intents.stop import NONE, STRONG, stop_span, stop_strength
from coach.text.disguises import decoded


def _question_start(f: Found) -> int:
    """Return the token where the question begins: statements before a comma may still be an answer."""
    s = f.sentence
    pieces = s.pieces()
    for k, (a, _b) in enumerate(pieces):
        tail = s.part((a, len(s.tokens)))
        if k and len(tail.tokens) <= 2:
            continue  # a tag ("…, aren't you") asks what stands before it
        at = lead_end(tail)
        begins = at < len(tail.tokens) and (tail.at(at, "wh", "aux", "tell", "request") or tail.has("particle"))
        if begins and (k == 0 or asks(tail, False)):
            return a
    return 0


def _is_rhetorical(found: list[Found], index: int) -> bool:
    f = found[index]
    s = f.sentence
    if index + 1 >= len(found) or s.has("you", "tell", "request", "repeat", "misheard", "please"):
        return False
    following = found[index + 1]
    if following.asks or following.evidence or following.stop:
        return False
    first = following.sentence.tokens[0].word
    because = any(a == 0 for a, _ in following.sentence.spans("because"))
    short = len(s.tokens) <= 3
    return (
        because
        or (short and following.tech > 0)
        or (index == 0 and f.tech >= 1 and following.tech >= 1)
        or first in ("ответ", "answer")
        or (following.tech >= 1 and len(found) > index + 2)
    )


def _read_question(found: list[Found], index: int) -> None:
    f = found[index]
    s = f.sentence
    start = 0 if s.has("curious") else _question_start(f)
    tail = s.part((start, len(s.tokens))) if start else s
    head_tech = f.tech if not start else 0.0
    what = asked(tail, head_tech or f.tech, f.asks)
    if what in (Asked.SUBJECT, Asked.OTHER) and f.asks and _is_rhetorical(found, index):
        return
    if what is Asked.OTHER:
        if chatter.is_small_talk(s):
            f.small_talk = True
        f.chatter = chatter.CHATTER
        f.drop()
        return
    f.asked = what
    if what is not None:
        f.drop((start, len(s.tokens)) if start else None)


def _read_ignorance(f: Found) -> None:
    s = f.sentence
    skip = skip_span(s, f.tech)
    if skip is not None:
        f.dont_know = True
        head = s.part((0, skip[0])) if skip[0] else None
        if head is not None and f.tech >= 1 and any(b == skip[0] or b < skip[0] for b in s.breaks):
            f.drop((max(b for b in s.breaks if b <= skip[0]), len(s.tokens)))
        else:
            f.drop()
        return
    span = unknown_span(s, f.tech)
    if span is None:
        return
    rest = left_after(s, span)
    f.partial = is_partial(s, span)
    if rest is not None:
        f.drop((0, len(s.tokens) - len(rest.tokens)))
        f.dont_know = not f.partial
        f.hedged = True
    else:
        f.dont_know = True
        earlier = [b for b in s.breaks if b <= span[0]]
        if earlier and f.tech >= 1 and not s.part((0, earlier[-1])).has("i"):
            f.drop((earlier[-1], len(s.tokens)))
        else:
            f.drop()


def _read_plain(f: Found) -> None:
    """A sentence that neither asks nor stops nor admits ignorance: an answer, or talk."""
    s = f.sentence
    if chatter.is_small_talk(s):
        f.small_talk = True
        f.drop()
        return
    if chatter.is_flattery(s, f.tech) or chatter.is_topic_change(s, f.tech):
        f.chatter = chatter.CHATTER
        f.drop()
        return
    if says_nothing(s, f.tech):
        f.chatter = chatter.CHATTER
        return
    f.chatter = max(chatter.request_strength(s, f.tech), chatter.declared(s, f.tech))
    if f.chatter >= 0.6:
        f.drop()
        return
    first = s.pieces()[0]
    if first[1] < len(s.tokens) and chatter.is_small_talk(s.part(first)):
        f.drop(first)


def _examine(sentence: Sentence, text: str, topics: Topics, stage: Stage) -> Found:
    tech = technical(sentence, topics)
    question = asks(sentence, tech < 1)
    f = Found(sentence, tech, question)
    f.evidence = evidence(sentence, tech, question, topics)
    f.hedged = is_hedged(sentence)
    f.opinion = is_opinion(sentence)
    if not question:
        f.profile = profile_of(sentence, text, stage)
    return f


def _stops(f: Found) -> int:
    s = f.sentence
    if not f.evidence:
        return stop_strength(s, f.tech)
    if {e.category for e in f.evidence} <= PRESSURES:
        free = [p for p in s.pieces() if not any(e.span[0] < p[1] and p[0] < e.span[1] for e in f.evidence)]
        return max((stop_strength(s.part(p), f.tech) for p in free), default=NONE)
    return NONE


def _examine_all(reading: Reading, topics: Topics, stage: Stage, forged: list[Span]) -> list[Found]:
    found = []
    for s in reading.sentences:
        start, end = s.tokens[0].start, s.tokens[-1].end
        f = _examine(s, reading.text[start:end], topics, stage)
        # A forged marker speaks for its whole sentence and, at a line's start, for the line.
        f.forged = any(a < end and start < b for a, b in forged)
        found.append(f)
    return found


def _interpret(found: list[Found], stage: Stage) -> None:
    for i, f in enumerate(found):
        if f.forged or f.settled:
            continue
        f.stop = _stops(f)
        if f.stop == STRONG and not f.evidence:
            head_end, end = stop_span(f.sentence)
            f.drop((head_end, end) if head_end and f.tech >= 1 else None)
            _also(f)
            continue
        if f.stop and not f.evidence:
            f.drop()
        if f.stop or (f.evidence and not f.asks):
            continue
        if skip_span(f.sentence, f.tech) is not None and f.sentence.has("request", "want"):
            _read_ignorance(f)
            continue
        _read_question(found, i)
        if f.asked is None and not f.removed and not (f.asks and f.tech >= 1 and _is_rhetorical(found, i)):
            _read_ignorance(f)
            if not f.removed and f.profile is not None and (stage == "introduction" or f.profile.name or f.tech < 2):
                f.drop() if introduces(f.profile, stage) else _read_plain(f)
            elif not f.removed:
                _read_plain(f)


def _also(f: Found) -> None:
    """Flags that stay visible beside a stop."""
    if unknown_span(f.sentence, f.tech) or skip_span(f.sentence, f.tech):
        f.dont_know = True


def _substance(reading: Reading, found: list[Found], attack: bool) -> str:
    parts = []
    for k, f in enumerate(found):
        tokens = f.sentence.tokens
        follows = found[k + 1].sentence.tokens[0].start if k + 1 < len(found) else len(reading.text)
        for a, b in f.kept():
            end = tokens[b].start if b < len(tokens) else follows
            parts.append(reading.text[tokens[a].start : end].strip())
    kept = [f.sentence.part(span) for f in found for span in f.kept()]
    if all(residual(s, "small_talk", "hedge") == 0 and not _is_short_answer(s) for s in kept):
        return ""
    return " ".join(p for p in parts if p).rstrip(" ,;:—–-(")


def _is_short_answer(s: Sentence) -> bool:
    return bool({"yes", "no", "да", "нет", "never", "always", "both", "none", "никогда", "всегда"} & set(s.words))


def _off_topic(found: list[Found], substance: str) -> float:
    total = weight = 0.0
    for f in found:
        if f.chatter is None:
            continue
        size = float(len(f.sentence.tokens))
        total += size
        weight += size * f.chatter
    if total:
        return round(weight / total, 3)
    if any(f.small_talk for f in found) and not substance:
        return chatter.CHATTER
    return 0.0


def _asks(found: list[Found]) -> Asks:
    if any(f.asked is Asked.SOLUTION for f in found):
        return Asks.SOLUTION
    return Asks.CLARIFICATION if any(f.asked for f in found) else Asks.NO


def read_intents(reply: str, question: str | None, stage: Stage) -> Intents:
    """Return the intents of ``reply`` to the active ``question``: deterministic, linear in its length."""
    reading = read(reply)
    topics = topics_of(question)
    forged = forged_markers(reply)
    hidden = [(a, b) for text, a, b in decoded(reply) if read_intents(text, question, stage).injection]
    found = _examine_all(reading, topics, stage, forged + hidden)
    attack = bool(hidden) or is_attack(found, forged=bool(forged), signs=signs(reply))
    if not attack:
        for f in found:
            f.evidence = []
    if not attack and stage == "questions":
        read_stances(found)
    _interpret(found, stage)
    if attack:
        take_out_attack(found, topics)
    substance = _substance(reading, found, attack)
    weak_stop = any(f.stop for f in found) and not substance and not attack
    stop = any(f.stop == STRONG for f in found) or weak_stop
    profile = CandidateProfile()
    for f in found:
        if f.profile is not None and not f.forged:
            profile = profile.merged(f.profile)
    tech = sum(f.tech for f in found)
    gone = _asks(found)
    ignorant = any(f.dont_know for f in found)
    gibberish = not (stop or attack or gone is not Asks.NO or ignorant) and is_gibberish(reading, tech)
    off = 1.0 if gibberish and not tech else _off_topic(found, substance)
    return Intents(
        stop=stop,
        asks=gone,
        asks_about_active=any(f.asked is Asked.ACTIVE for f in found),
        injection=attack,
        injection_only=attack and not substance,
        dont_know=ignorant and not gibberish,
        hedged=any(f.hedged or f.partial for f in found),
        tastes=tuple(reading.text[f.sentence.tokens[0].start : f.sentence.tokens[-1].end] for f in found if f.opinion),
        off_topic=off,
        gibberish=gibberish,
        introduces=introduces(profile, stage) or any(f.retracts for f in found),
        retracts=any(f.retracts for f in found),
        profile=profile,
        substance="" if gibberish else substance,
    )
