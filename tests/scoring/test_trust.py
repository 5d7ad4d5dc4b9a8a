"""Trust in the ground truth: agreement and kappa of blind labels, against scikit-learn."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from coach.domain.vocabulary import TRUE_KINDS, AnswerKind
from coach.models.base import Usage
from coach.records.labels import Label
from coach.scoring.figures import finished
from coach.scoring.trust import kappa, measures

KINDS = [k.value for k in TRUE_KINDS]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def label(turn: int, kind: str | None, by: str = "judge:m") -> Label:
    chosen = AnswerKind(kind) if kind else None
    return Label(interview_id="i", turn_id=turn, by=by, kind=chosen, at=NOW, usage=Usage(input=1, output=1), cost=0.1)


def turns(kinds: list[str]) -> pd.DataFrame:
    rows = [
        {"interview": "i", "turn_id": n, "true_kind": k, "persona": f"p{n % 30}", "bank": "b", "repeats": str(n)}
        for n, k in enumerate(kinds)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", range(5))
def test_kappa_is_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    true = [str(k) for k in random.choice(KINDS, 200)]
    given = [t if random.random() < 0.6 else str(random.choice(KINDS)) for t in true]
    found = {m.name: m for m in finished(measures(turns(true), [label(n, k) for n, k in enumerate(given)]), 1)}
    wanted = cohen_kappa_score(true, given)
    assert found["truth.kappa"].value == pytest.approx(wanted, abs=1e-12)
    assert found["truth.kappa"].low is not None
    assert found["truth.kappa"].low < wanted < (found["truth.kappa"].high or 0)
    share = np.mean([t == g for t, g in zip(true, given, strict=True)])
    assert found["truth.agreement"].value == pytest.approx(share)
    assert found["truth.agreement"].slice == {"by": "judge:m"}


def test_perfect_and_chance_agreement() -> None:
    assert kappa(np.eye(3).reshape(1, 9) * 5)[0] == pytest.approx(1.0)
    assert kappa(np.ones((1, 9)))[0] == pytest.approx(0.0)
    # One kind alone on both sides: chance explains everything, so nothing can be said.
    assert np.isnan(kappa(np.array([[5.0, 0, 0, 0, 0, 0, 0, 0, 0]]))[0])


def test_readers_are_apart_and_what_has_no_label_is_counted() -> None:
    true = ["normal", "question", "off_topic"]
    labels = [label(0, "normal"), label(1, None), label(2, "normal"), label(0, "question", "person:ann")]
    found = {(m.name, m.slice["by"]): m for m in finished(measures(turns(true), labels), 1)}
    assert found["truth.unlabelled", "judge:m"].value == pytest.approx(1 / 3)
    assert found["truth.agreement", "judge:m"].n == 2
    assert found["truth.agreement", "person:ann"].value == 0.0


def test_without_labels_there_is_no_measure() -> None:
    assert list(finished(measures(turns(["normal"]), []), 1)) == []


def test_a_reader_may_call_a_reply_unverified_without_a_crash() -> None:
    found = {
        m.name: m
        for m in finished(measures(turns(["normal", "question"]), [label(0, "unverified"), label(1, "question")]), 1)
    }
    assert found["truth.agreement"].value == 0.5
