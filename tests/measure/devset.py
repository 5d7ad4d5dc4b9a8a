"""Measure the offline model on a folder of labelled replies: nox -s devset -- PATH [--half tune|report|all].

The halves go by the first hex digit of the SHA-256 of ``pair`` (else ``id``): 0-7 is for tuning, 8-f for
reporting. Strict figures, by language, with n and 95 % intervals.
"""

import argparse
import asyncio
import hashlib
from pathlib import Path

from coach.cli.common import console
from coach.cli.evaluate import read_lines
from coach.cli.observing import observe_all
from coach.content.library import Library
from coach.offline import Knowledge, OfflineModel
from coach.reporting.evaluation import evaluation_tables
from coach.scoring.evaluation import EvaluationLine, evaluate_lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("tune", "report", "all"), default="report")
    arguments = parser.parse_args()
    lines = [x for f in sorted(arguments.folder.glob("*.jsonl")) for x in read_lines(f)]
    lines = [x for x in lines if arguments.half in ("all", half(x))]
    library = Library()
    model = OfflineModel(Knowledge.from_banks(library.banks.values()))
    analyses = asyncio.run(observe_all(lines, model, library)).analyses
    screen = console()
    screen.print(f"Half: {arguments.half}")
    for part in evaluation_tables(evaluate_lines(lines, analyses)):
        screen.print(part)


def half(line: EvaluationLine) -> str:
    digit = hashlib.sha256((line.pair or line.id).encode()).hexdigest()[0]
    return "tune" if digit in "01234567" else "report"


if __name__ == "__main__":
    main()
