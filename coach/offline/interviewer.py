"""The offline Interviewer: words from the templates, so it never breaks a guard."""

from coach.domain.tasks import InterviewerReply, InterviewerTask
from coach.text.messages import lead


def word(task: InterviewerTask) -> InterviewerReply:
    """Return the lead and one line of thought."""
    decision = task.decision
    parts = [f"move={decision.move}"]
    if task.question_topic:
        parts.append(f"topic={task.question_topic}")
    if decision.difficulty_after is not decision.difficulty_before:
        parts.append(f"difficulty {decision.difficulty_before} -> {decision.difficulty_after}")
    if task.corrections:
        parts.append(f"corrections={len(task.corrections)}")
    parts += decision.notes
    return InterviewerReply(thoughts=", ".join(parts), lead=lead(task))
