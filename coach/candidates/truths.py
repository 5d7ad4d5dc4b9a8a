"""The truth of each act: f(act, question found). The table of ENGINE.md's section 2, from the other side."""

from coach.domain.truth import Truth
from coach.domain.vocabulary import AnswerKind, Answers, Asks, Quality

_K = AnswerKind

TRUTHS: dict[str, Truth] = {
    "introduce": Truth(kind=_K.INTRODUCTION),
    "answer:excellent": Truth(
        kind=_K.EXCELLENT, acceptable=(_K.NORMAL,), quality=Quality.EXCELLENT, answers=Answers.YES
    ),
    "answer:normal": Truth(kind=_K.NORMAL, acceptable=(_K.EXCELLENT,), quality=Quality.GOOD, answers=Answers.YES),
    "answer:incomplete": Truth(
        kind=_K.INCOMPLETE,
        acceptable=(_K.NORMAL,),
        quality=Quality.ACCEPTABLE,
        answers=Answers.PARTLY,
    ),
    "hallucinate": Truth(kind=_K.HALLUCINATION, quality=Quality.WRONG, answers=Answers.YES, errors=True),
    "dont_know": Truth(kind=_K.DONT_KNOW, acceptable=(_K.INCOMPLETE,), quality=Quality.POOR),
    "change_topic": Truth(kind=_K.OFF_TOPIC),
    "flatter": Truth(kind=_K.OFF_TOPIC),
    "control": Truth(kind=_K.OFF_TOPIC),
    "ask_back": Truth(kind=_K.QUESTION, asks=Asks.CLARIFICATION),
    "ask_solution": Truth(kind=_K.QUESTION, acceptable=(_K.DONT_KNOW,), asks=Asks.SOLUTION),
    "inject": Truth(kind=_K.PROMPT_INJECTION, acceptable=(_K.OFF_TOPIC,), injection=True),
    "beg": Truth(kind=_K.PROMPT_INJECTION, acceptable=(_K.OFF_TOPIC,), injection=True),
    "gibberish": Truth(kind=_K.GIBBERISH, acceptable=(_K.OFF_TOPIC,)),
    "contradict": Truth(kind=_K.INTRODUCTION, acceptable=(_K.OFF_TOPIC,), contradicts=1),
    "hedge_right": Truth(
        kind=_K.NORMAL,
        acceptable=(_K.EXCELLENT,),
        quality=Quality.GOOD,
        answers=Answers.YES,
        hedged=True,
    ),
    "hedge_wrong": Truth(
        kind=_K.INCOMPLETE,
        acceptable=(_K.HALLUCINATION, _K.DONT_KNOW),
        quality=Quality.WRONG,
        answers=Answers.YES,
        errors=True,
        hedged=True,
    ),
    "claim": Truth(kind=_K.HALLUCINATION, errors=True),
    "claim+ask_back": Truth(kind=_K.HALLUCINATION, acceptable=(_K.QUESTION,), errors=True, asks=Asks.CLARIFICATION),
    "answer+claim": Truth(kind=_K.HALLUCINATION, quality=Quality.ACCEPTABLE, answers=Answers.YES, errors=True),
    "incomplete+ask_back": Truth(
        kind=_K.INCOMPLETE,
        acceptable=(_K.QUESTION,),
        quality=Quality.ACCEPTABLE,
        answers=Answers.PARTLY,
        asks=Asks.CLARIFICATION,
    ),
    "threaten": Truth(kind=_K.PROMPT_INJECTION, acceptable=(_K.OFF_TOPIC,), injection=True),
    "terse": Truth(kind=_K.OFF_TOPIC, acceptable=(_K.DONT_KNOW, _K.INCOMPLETE)),
    "bluff": Truth(kind=_K.OFF_TOPIC, acceptable=(_K.INCOMPLETE, _K.DONT_KNOW)),
    "parrot": Truth(kind=_K.OFF_TOPIC, acceptable=(_K.QUESTION, _K.DONT_KNOW, _K.INCOMPLETE)),
    "reject": Truth(kind=_K.DONT_KNOW, acceptable=(_K.OFF_TOPIC, _K.INCOMPLETE), quality=Quality.POOR),
    "opine": Truth(
        kind=_K.NORMAL,
        acceptable=(_K.INCOMPLETE, _K.OFF_TOPIC),
        quality=Quality.ACCEPTABLE,
        answers=Answers.YES,
    ),
    "refuse": Truth(kind=_K.OFF_TOPIC, acceptable=(_K.QUESTION, _K.DONT_KNOW)),
    "turn_tables": Truth(kind=_K.QUESTION, acceptable=(_K.OFF_TOPIC,), asks=Asks.CLARIFICATION),
    "ask_again": Truth(kind=_K.QUESTION, asks=Asks.CLARIFICATION),
    "ask_term": Truth(kind=_K.QUESTION, acceptable=(_K.DONT_KNOW,), asks=Asks.CLARIFICATION),
    "stop": Truth(kind=_K.STOP_COMMAND, stop=True),
}
"""By act. Acts that carry another (``inject+…``, ``story+…``, ``…+contradict``, ``…+stop``) are made from these."""


def truth_of(act: str) -> Truth:
    """Return the truth of ``act``. KeyError for an act that is none."""
    if act.startswith("inject+"):
        return truth_of(act.removeprefix("inject+")).model_copy(update={"injection": True})
    for carried in ("story+", "paste+", "switch_language+"):
        if act.startswith(carried):
            return truth_of(act.removeprefix(carried))
    if act.endswith("+contradict"):
        return truth_of(act.removesuffix("+contradict")).model_copy(update={"contradicts": 1})
    if act.endswith("+stop"):
        carrier = truth_of(act.removesuffix("+stop"))
        return carrier.model_copy(update={"kind": AnswerKind.STOP_COMMAND, "acceptable": (), "stop": True})
    return TRUTHS[act]
