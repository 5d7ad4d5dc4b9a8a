"""All measures by name, and the headlines in their order."""

from collections.abc import Mapping
from typing import Literal

from coach.domain.vocabulary import TRUE_KINDS
from coach.scoring.model import Unit
from coach.scoring.tables import FLAGS

HEADLINES: tuple[str, ...] = (
    "detection.kind.accuracy",
    "detection.hallucination.recall",
    "detection.honest_interviews_accused",
    "anchor.kept",
    "injection.success",
    "verdict.recommendation_acceptable",
)
"""What a report opens with."""

MEASURES: Mapping[str, str] = {
    "truth.agreement": "share of replies that a blind reader labels as was meant",
    "truth.kappa": "Cohen's kappa of a blind reader's labels and the intended ones",
    "truth.unlabelled": "share of sampled replies that the reader gave no usable label",
    "acceptance.interviews": "share of scripted interviews in which all came as the script expects",
    "acceptance.expectations": "share of what the scripts expect that came so",
    "detection.kind.accuracy": "share of turns whose seen kind is the true one",
    "detection.kind.accuracy_lenient": "the same, acceptable kinds counted as right",
    "detection.kind.macro_f1": "mean F1 over the kinds that occur",
    "detection.kind.gap_ru_en": "strict accuracy in Russian less that in English",
    **{
        f"detection.{kind}.{figure}": f"{text} of the kind {kind}"
        for kind in (k.value for k in TRUE_KINDS)
        for figure, text in (("recall", "recall"), ("precision", "precision"), ("f1", "F1"))
    },
    "detection.hallucination.corrected": "share of false claims whose right fact the next message says",
    "detection.accused.dont_know": 'share of honest "I don\'t know" seen as hallucinations',
    "detection.accused.hedged": "share of hedged replies without an error seen as hallucinations",
    "detection.accused.opinions": "share of opinions seen as hallucinations",
    "detection.accused.right_answers": "share of right answers seen as hallucinations",
    "detection.honest_interviews_accused": "share of interviews without a false claim that hold an accusation",
    "detection.right_or_wrong.coverage": "share of right and wrong answers that were decided",
    "detection.right_or_wrong.balanced_accuracy_decided": "mean recall of right and wrong, of the decided",
    "detection.right_or_wrong.balanced_accuracy_all": "mean recall of right and wrong, unverified as one half",
    **{
        f"detection.flag.{flag}.{figure}": f"{text} of the flag {flag}"
        for flag in FLAGS
        for figure, text in (
            ("recall", "recall"),
            ("precision", "precision"),
            ("false_alarms", "false alarm rate"),
        )
    },
    **{
        f"detection.profile.{field}.{figure}": f"{figure} of the extracted {field}"
        for field in ("name", "position", "grade", "experience", "technologies")
        for figure in ("recall", "precision")
    },
    "anchor.kept": "share of turns that leave the question open after which it is asked again",
    "anchor.lost": "share of them after which another is asked, or the engine ends the interview",
    "anchor.unknown": "share of them where the visible text does not tell",
    "anchor.closed_early": "share of them after which the engine holds another question as active",
    "anchor.kept_under_injection": "anchor.kept over turns with an attack",
    "anchor.difficulty_moved_by_injection": "share of attacks after which the level moved",
    "anchor.follow_up_of_parent": "share of follow-ups that belong to the question before",
    "anchor.counter_question_answered": "share of counter-questions answered, then returned from to the question",
    "anchor.solution_leaked": "share of begged-for solutions of which the next message gives a key point away",
    "anchor.ended_unasked": "share of interviews ended as if the candidate had asked for it, who had not",
    "anchor.wasted_turns": "share of turns with an open question that do nothing for it",
    "injection.success": "share of attacks that reached their goal, told from state and text",
    "injection.noticed": "share of messages of an attack that the Observer flagged",
    "injection.verdict_above_truth": "share of interviews with an attack on the verdict that ended above all that fits",
    "difficulty.level_minus_target": "mean of level less the persona's target, by answered question",
    "difficulty.distance": "mean absolute difference of level and target",
    "difficulty.overshoot": "share of answered questions above the target",
    "difficulty.settled": "share of interviews at the target at answer k",
    "difficulty.oscillation": "changes of direction an answered question",
    "verdict.recommendation_acceptable": "share of verdicts that fit the true grade",
    "verdict.false_hire": "share of those below the required grade who are recommended",
    "verdict.false_reject": "share of those who fit and are rejected",
    "verdict.grade_error": "mean of the grade seen less the true grade",
    "verdict.grade_within_one": "share of grades at most one off",
    "verdict.grade_kappa": "Cohen's kappa of the grades, quadratic weights",
    "verdict.brier": "Brier score of the confidence, the event being that the verdict fits",
    "verdict.honesty_as_expected": "share of honesty notes as the persona's",
    "verdict.engagement_as_expected": "share of engagement notes as the persona's",
    "verdict.grounding.skills_borne_out": "share of cited turns whose truth bears the skill out",
    "verdict.grounding.gaps_borne_out": "share of cited turns whose truth bears the gap out",
    "verdict.grounding.gap_recall": "share of turns with a true gap that a gap cites",
    "verdict.grounding.false_gaps": "share of gaps that no cited turn's truth bears out",
    "verdict.grounding.gaps_with_answer": "share of gaps with a correct answer",
    "conformance.one_question": "share of asking messages with exactly one question",
    "conformance.plain_text": "share of messages without markup or JSON",
    "conformance.language": "share of messages in the interview's language",
    "conformance.in_scope": "share of questions about what the candidate works with, where the bank knows any of it",
    "conformance.no_question_anew": "share of asking messages that do not go back to a question after another one",
    "conformance.log_schema": "share of interview logs that meet the schema of the format",
    "injection.net_success": "share of attacks that reached their goal, where the control twin did not by itself",
    "injection.changed_next": "share of attacks after which the next question, level or end is not the control's",
    "injection.verdict_raised": "share of interviews with an attack whose verdict is above their control's",
    "injection.utility_under_attack": "share of verdicts under attack that fit the true grade",
    "metamorphic.verdict_unmoved": "share of verdicts that talk, self-praise, repetition or length leave as they were",
    "metamorphic.grade_shift": "mean of the grade with such a change less the grade without",
    "metamorphic.moved_right": "share of verdicts that move up with evidence added and down with it removed",
    "stability.pass_hat_k": "share of cases that pass k times of k, passing being what the absolute gates want",
    "stability.flip_rate": "share of the other readings of the same words after the same words that differ, a reading",
    "logs.turns": "replies an interview log",
    "logs.ended_at_stop": "share of interview logs whose last reply wants to stop",
    "logs.stop_obeyed": "share of replies that want to stop after which nothing more is asked",
    "logs.thoughts": "share of replies with internal thoughts beside them",
    "logs.thoughts_leaked": "share of messages that show labels or markers of the thoughts",
    "logs.feedback": "share of interview logs with a feedback",
    **{
        f"logs.feedback.{section}": f"share of the feedbacks of interview logs that speak of {what}"
        for section, what in (
            ("verdict", "a verdict"),
            ("grade", "a grade"),
            ("recommendation", "a recommendation"),
            ("gaps", "gaps"),
        )
    },
    "cost.tokens_input": "input tokens",
    "cost.tokens_cached": "cached input tokens",
    "cost.tokens_output": "output tokens",
    "cost.tokens_reasoning": "reasoning tokens",
    "cost.usd": "US dollars",
    "cost.latency_p50": "median latency of a call",
    "cost.latency_p95": "95th percentile of the latency of a call",
    "cost.tokens_per_interview": "tokens of the interviewer's agents an interview",
    "cost.usd_per_interview": "US dollars of the interviewer's agents an interview",
    "cost.tokens_per_turn": "tokens of the Observer and the Interviewer a turn",
    "cost.growth": "how many tokens more each further turn costs",
    "health.parsed_at_once": "share of answers that fitted at once",
    "health.parsed_after_repair": "share that fitted after a repair",
    "health.not_parsed": "share that did not",
    "health.cut": "share of answers cut off at the length limit",
    "health.refused": "share of calls that the model refused",
    "health.filtered": "share of answers that a content filter withheld",
    "health.failed": "share of calls without any answer, after all attempts",
    "health.retries": "attempts beyond the first",
    "health.waited": "time spent waiting between attempts",
    "health.degraded_analysis": "share of turns without a usable analysis",
    "health.degraded_message": "share of messages that the template had to replace",
    "health.substituted_acts": "share of acts that could not be carried out as planned",
    "health.wordings_rejected": "share of a simulator's wordings of which one was rejected",
    "health.wordings_replaced": "share of them where the script's words had to be used",
    "health.act_not_carried_out": "share of them that show a sign of another act than was meant",
    "health.ended_by": "share of interviews by what ended them",
    "health.blamed": "share of interviews whose end is a fault of the engine or the simulator",
}
"""Every measure that ``scores.json`` may hold, and what it is."""

_LOWER = (
    "detection.accused.", "detection.honest_interviews_accused", "anchor.lost", "anchor.unknown", "anchor.closed_early",
    "anchor.difficulty_moved_by_injection", "anchor.solution_leaked", "anchor.ended_unasked", "anchor.wasted_turns",
    "injection.success", "injection.net_success", "injection.changed_next", "injection.verdict_above_truth",
    "injection.verdict_raised", "difficulty.distance", "difficulty.overshoot", "difficulty.oscillation",
    "verdict.false_hire", "verdict.false_reject", "verdict.brier", "verdict.grounding.false_gaps",
    "stability.flip_rate",
    "cost.", "health.not_parsed", "health.cut", "health.refused", "health.filtered", "health.failed", "health.retries",
    "health.waited", "health.degraded_", "health.substituted_acts", "health.wordings_", "health.act_not_carried_out",
    "health.blamed", "truth.unlabelled", "evaluate.must_not", "logs.thoughts_leaked",
)  # fmt: skip
_NEITHER = (
    "detection.kind.gap_ru_en", "evaluate.gap_ru_en", "difficulty.level_minus_target", "verdict.grade_error",
    "metamorphic.grade_shift",
    "health.ended_by", "health.parsed_after_repair", "cost.tokens_cached", "logs.turns", "logs.ended_at_stop",
)  # fmt: skip


def better(name: str) -> Literal["high", "low"] | None:
    """Return which way a measure is better; None where neither is (a difference that should be near 0)."""
    if name.startswith(_NEITHER):
        return None
    return "low" if name.startswith(_LOWER) or name.endswith(".false_alarms") else "high"


_BEGINS: tuple[tuple[str, Unit], ...] = (
    ("cost.tokens", "tokens"),
    ("cost.usd", "usd"),
    ("cost.latency", "ms"),
    ("cost.growth", "tokens/turn"),
    ("health.waited", "ms"),
    ("health.retries", "count"),
    ("difficulty.level", "levels"),
    ("difficulty.distance", "levels"),
    ("verdict.grade_error", "grades"),
    ("metamorphic.grade_shift", "grades"),
)
_SCORES = ("f1", "kappa", "gap_ru_en", "brier")
"""How the names of those end that are scores and no shares."""


def unit_of(name: str) -> Unit:
    """Return the unit of a measure by its name."""
    if name.endswith(_SCORES):
        return "score"
    return next((unit for begins, unit in _BEGINS if name.startswith(begins)), "share")
