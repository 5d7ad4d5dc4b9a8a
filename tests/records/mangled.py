"""Sound logs, and what other implementations make of them: one named deviation each, so that tests can combine them."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Log = dict[str, Any]

WORDS = ("list", "tuple", "index", "Python", "query", "answer", "table", "список", "кортеж", "запрос", "ответ", "ветка")
SENDERS = ("Observer", "Interviewer")
FEEDBACK = {"verdict": {"grade": "Junior", "confidence": 70}, "knowledge_gaps": ["индексы", "joins"]}
FEEDBACK_TEXT = "verdict:\n  grade: Junior\n  confidence: 70\nknowledge_gaps:\n  - индексы\n  - joins"


@st.composite
def texts(draw: st.DrawFn, least: int = 1) -> str:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=least, max_size=12))
    return " ".join(words) + draw(st.sampled_from(["", ".", "?"])) if words else ""


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Draw a log that meets the schema; some replies are empty."""
    turns = [
        {
            "turn_id": number,
            "agent_visible_message": draw(texts()),
            "user_message": draw(texts(least=0 if number > 1 else 1)),
            "internal_thoughts": "".join(f"[{sender}]: {draw(texts())}\n" for sender in SENDERS),
        }
        for number in range(1, draw(st.integers(2, 5)) + 1)
    ]
    return {"participant_name": draw(texts()), "turns": turns, "final_feedback": FEEDBACK_TEXT}


def _thoughts(turn: Log) -> list[tuple[str, str]]:
    lines = [line for line in turn["internal_thoughts"].split("\n") if line]
    return [(line[1:].split("]: ")[0], line.split("]: ", 1)[1]) for line in lines]


def _team_name(log: Log) -> None:
    log["team_name"] = log.pop("participant_name")


def _feedback_object(log: Log) -> None:
    if log["final_feedback"] == FEEDBACK_TEXT:
        log["final_feedback"] = FEEDBACK


def _thoughts_list(log: Log) -> None:
    for number, turn in enumerate(log["turns"]):
        pairs = _thoughts(turn)
        objects = [{"from": a, "to": "Interviewer", "content": f"  {b}\n"} for a, b in pairs]
        turn["internal_thoughts"] = objects if number % 2 else [f"[{a}]: {b}" for a, b in pairs]


def _thoughts_object(log: Log) -> None:
    for turn in log["turns"]:
        turn["internal_thoughts"] = dict(_thoughts(turn))


def _feedback_null(log: Log) -> None:
    log["final_feedback"] = None


def _thoughts_null(log: Log) -> None:
    for turn in log["turns"]:
        turn["internal_thoughts"] = None


def _name_missing(log: Log) -> None:
    del log["participant_name"]


def _extra_keys(log: Log) -> None:
    log["session"] = {"id": 7}
    log["turns"][0]["timestamp"] = "2026-01-01"


def _turn_id_missing(log: Log) -> None:
    del log["turns"][-1]["turn_id"]


def _turn_id_type(log: Log) -> None:
    log["turns"][0]["turn_id"] = str(log["turns"][0]["turn_id"])


def _turn_id_start(log: Log) -> None:
    for turn in log["turns"]:
        turn["turn_id"] -= 1


def _turn_id_order(log: Log) -> None:
    log["turns"].reverse()


def _reply_missing(log: Log) -> None:
    log["turns"].append(
        {
            "turn_id": log["turns"][-1]["turn_id"] + 1,
            "agent_visible_message": "Всего доброго.",
            "user_message": None,
            "internal_thoughts": "",
        }
    )


def _empty_turn(log: Log) -> None:
    log["turns"].append({**log["turns"][-1], "agent_visible_message": "", "user_message": " "})
    log["turns"][-1]["turn_id"] += 1


def shift_replies(log: Log) -> None:
    """Store each reply with the message that answers it, as some implementations do; closing words answer the last."""
    replies = [turn["user_message"] for turn in log["turns"]]
    russian = any("а" <= c <= "я" for turn in log["turns"] for c in turn["agent_visible_message"].lower())
    closing = "Спасибо за разговор, готовлю отзыв." if russian else "Thank you, I am preparing the feedback."
    if replies[-1].strip():
        last = log["turns"][-1]["turn_id"]
        log["turns"].append(
            {
                "turn_id": last + 1,
                "agent_visible_message": closing,
                "user_message": "",
                "internal_thoughts": "[Interviewer]: end\n",
            }
        )
    for turn, reply in zip(log["turns"], ["", *replies], strict=False):
        turn["user_message"] = reply


OBJECTS: Mapping[str, Callable[[Log], None]] = {
    "reply_missing": _reply_missing,
    "empty_turn": _empty_turn,
    "team_name": _team_name,
    "name_missing": _name_missing,
    "feedback_null": _feedback_null,
    "thoughts_null": _thoughts_null,
    "feedback_object": _feedback_object,
    "thoughts_list": _thoughts_list,
    "thoughts_object": _thoughts_object,
    "extra_keys": _extra_keys,
    "turn_id_missing": _turn_id_missing,
    "turn_id_type": _turn_id_type,
    "turn_id_start": _turn_id_start,
    "turn_id_order": _turn_id_order,
}
"""In the order in which they can be combined."""

ALSO: Mapping[str, frozenset[str]] = {
    "empty_turn": frozenset({"message_missing"}),
    "not_a_number": frozenset({"extra_keys"}),
}
"""What a deviation brings with it."""

EXCLUSIVE = (
    {"thoughts_list", "thoughts_object", "thoughts_null"},
    {"feedback_object", "feedback_null"},
    {"name_missing", "team_name"},
    # What numbers the turns anew must not meet what only their numbers can undo.
    {"turn_id_missing", "turn_id_type", "turn_id_start", "turn_id_order"},
    {"bom", "utf16", "cp1251"},
    {"json_lines", "log_list"},
)

BYTES: Mapping[str, Callable[[str], bytes]] = {
    "bom": lambda text: text.encode("utf-8-sig"),
    "utf16": lambda text: text.encode("utf-16"),
    "cp1251": lambda text: text.encode("cp1251"),
}
TEXTS = ("duplicate_keys", "not_a_number")
SEVERAL = ("json_lines", "log_list")
NAMES = (*OBJECTS, *BYTES, *TEXTS, *SEVERAL)


@st.composite
def subsets(draw: st.DrawFn, names: tuple[str, ...] = NAMES) -> frozenset[str]:
    """Draw deviations that can be in one file together."""
    chosen = set(draw(st.sets(st.sampled_from(names))))
    for group in EXCLUSIVE:
        both = sorted(chosen & group)
        chosen -= set(both[1:])
    return frozenset(chosen)


def mangled(made: list[Log], chosen: frozenset[str]) -> bytes:
    """Return a file of ``made`` with the ``chosen`` deviations; more than one log only where these say how."""
    several = [_one(log, chosen) for log in made]
    if "json_lines" in chosen:
        text = "\n".join(several) + "\n"
    elif "log_list" in chosen:
        text = f"[{', '.join(several)}]"
    else:
        (text,) = several
    encode = next((encode for name, encode in BYTES.items() if name in chosen), None)
    return encode(text) if encode else text.encode("utf-8")


def _one(log: Log, chosen: frozenset[str]) -> str:
    log = deepcopy(log)
    for name, mangle in OBJECTS.items():
        if name in chosen:
            mangle(log)
    if "not_a_number" in chosen:
        log["score"] = float("nan")
    text = json.dumps(log, ensure_ascii=False)
    return '{"turns": [], ' + text[1:] if "duplicate_keys" in chosen else text


def expected(log: Log, chosen: frozenset[str]) -> Log:
    """Return what the mangled ``log`` should be read as: itself, less what is gone, and the turn that only waits."""
    log = deepcopy(log)
    if "feedback_null" in chosen:
        log["final_feedback"] = ""
    if "name_missing" in chosen:
        log["participant_name"] = ""
    for turn in log["turns"]:
        turn["internal_thoughts"] = "" if "thoughts_null" in chosen else turn["internal_thoughts"]
    if "reply_missing" in chosen:
        _reply_missing(log)
        log["turns"][-1]["user_message"] = ""
    return log


def named(chosen: frozenset[str]) -> set[str]:
    """Return the names of the deviations that should be found."""
    return set(chosen).union(*(ALSO.get(name, frozenset()) for name in chosen))
