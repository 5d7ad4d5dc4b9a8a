"""Every schema by name, made from the types themselves."""

from collections.abc import Callable, Mapping
from typing import Any

from coach.content.attack import Attack
from coach.content.bank import BankHeader, BankQuestion
from coach.content.persona import Persona, Phrases
from coach.content.scenario import Matrix, Scenario
from coach.content.script import Script
from coach.domain.analysis import ObserverAnalysis
from coach.domain.feedback import InterviewFeedback
from coach.records.events import EVENT
from coach.records.interview import InterviewRecord
from coach.records.log_schema import log_schema
from coach.records.run import Manifest
from coach.scoring.evaluation import EvaluationLine
from coach.scoring.model import Scores

SCHEMAS: Mapping[str, tuple[str, Callable[[], Any]]] = {
    "event": ("one line of journal.jsonl", EVENT.json_schema),
    "record": ("one interview record, a line of coach export", InterviewRecord.model_json_schema),
    "manifest": ("run.json", Manifest.model_json_schema),
    "scores": ("scores.json", Scores.model_json_schema),
    "interview-log": ("interview_log_*.json", log_schema),
    "analysis": ("what the Observer returns", ObserverAnalysis.model_json_schema),
    "feedback": ("what the Evaluator returns", InterviewFeedback.model_json_schema),
    "evaluation-line": ("one line of coach evaluate's input", EvaluationLine.model_json_schema),
    "persona": ("personas/*.yaml", Persona.model_json_schema),
    "phrases": ("personas/phrases/*.yaml", Phrases.model_json_schema),
    "attack": ("personas/attacks/*.yaml", Attack.model_json_schema),
    "scenario": ("scenarios/*.yaml", Scenario.model_json_schema),
    "matrix": ("scenarios/matrices/*.yaml", Matrix.model_json_schema),
    "script": ("scenarios/scripts/*.yaml", Script.model_json_schema),
    "bank": ("scenarios/questions/*/bank.yaml", BankHeader.model_json_schema),
    "question": ("scenarios/questions/*/*.yaml", BankQuestion.model_json_schema),
}
