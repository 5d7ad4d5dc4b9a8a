"""The report's charts as points and paths: scales only, the values come from the scores."""

from typing import Any

from coach.domain.vocabulary import Difficulty
from coach.scoring.model import Measure, Scores

_WIDTH, _HEIGHT, _LEFT, _TOP = 300, 150, 92, 12
_PLOT_W, _PLOT_H = _WIDTH - _LEFT - 10, _HEIGHT - _TOP - 26
_AGENTS = ("observer", "interviewer", "evaluator")


def interval_bar(measure: Measure | None) -> dict[str, float] | None:
    """Return where a share's value and interval lie on a bar of 100 units, or None."""
    if measure is None or measure.value is None or measure.unit != "share":
        return None
    low = measure.low if measure.low is not None else measure.value
    high = measure.high if measure.high is not None else measure.value
    return {"low": 100 * low, "width": max(0.8, 100 * (high - low)), "value": 100 * measure.value}


def difficulty(scores: Scores) -> list[dict[str, Any]]:
    """Return a small chart a persona: the mean level by answer, its interval, and the persona's level."""
    rows = next((s.rows for s in scores.series if s.name == "difficulty_by_answer"), ())
    charts = []
    longest = max((int(r[1]) for r in rows if r[1] is not None), default=1)
    for persona in dict.fromkeys(str(r[0]) for r in rows):
        own = [r for r in rows if r[0] == persona]
        points = [(_x(int(r[1] or 0), longest), _y(_f(r[2])), r) for r in own]
        ranges = [(x, r) for x, _, r in points if r[3] is not None and r[4] is not None]
        band = [f"{x:.1f},{_y(_f(r[4])):.1f}" for x, r in ranges]
        band += [f"{x:.1f},{_y(_f(r[3])):.1f}" for x, r in reversed(ranges)]
        said = ", ".join(f"answer {r[1]}: {_f(r[2]):.1f}" for r in own)
        charts.append(
            {
                "title": persona,
                "line": " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points),
                "band": " ".join(band),
                "dots": [
                    {
                        "x": f"{x:.1f}",
                        "y": f"{y:.1f}",
                        "label": _dot(r),
                    }
                    for x, y, r in points
                ],
                "target": f"{_y(_f(own[0][5])):.1f}",
                "aria": f"{persona}: mean level by answer, 0 is BASIC and 3 is EXPERT. {said}. Target {own[0][5]}.",
            }
        )
    levels = [{"y": f"{_y(level.rank):.1f}", "label": level.value.capitalize()} for level in Difficulty]
    ticks = [{"x": f"{_x(k, longest):.1f}", "label": str(k)} for k in range(1, longest + 1)]
    frame: dict[str, Any] = {
        "levels": levels,
        "ticks": ticks,
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
    }
    return [chart | frame for chart in charts]


def tokens(scores: Scores) -> dict[str, Any] | None:
    """Return stacked bars: mean tokens a turn by agent; None where they are not known."""
    rows = next((s.rows for s in scores.series if s.name == "tokens_by_turn"), ())
    known = [r for r in rows if r[2] is not None and r[3] is not None]
    if not known:
        return None
    by_turn: dict[int, dict[str, float]] = {}
    for agent, turn, tokens_in, tokens_out, *_ in known:
        by_turn.setdefault(int(turn or 0), {})[str(agent)] = _f(tokens_in) + _f(tokens_out)
    top = max(sum(agents.values()) for agents in by_turn.values())
    width, height, left = 640, 200, 60
    step = (width - left - 10) / max(1, len(by_turn))
    bars = []
    for i, (turn, agents) in enumerate(sorted(by_turn.items())):
        base = height - 26.0
        for agent in _AGENTS:
            size = agents.get(agent, 0.0) / top * (height - 44)
            base -= size
            bars.append(
                {
                    "x": f"{left + i * step + 2:.1f}",
                    "y": f"{base:.1f}",
                    "w": f"{max(1.0, step - 4):.1f}",
                    "h": f"{size:.1f}",
                    "agent": agent,
                    "label": f"turn {turn}, {agent}: {agents.get(agent, 0.0):.0f} tokens",
                }
            )
    ticks = [{"x": f"{left + (i + 0.5) * step:.1f}", "label": str(t)} for i, t in enumerate(sorted(by_turn))]
    return {
        "bars": bars,
        "ticks": ticks,
        "lines": [f"{height - 26 - part * (height - 44) / 4:.1f}" for part in range(5)],
        "top": f"{top:,.0f}".replace(",", " "),
        "width": width,
        "height": height,
        "left": left,
        "agents": _AGENTS,
        "estimated": any(r[5] for r in known),
    }


def _dot(row: tuple[Any, ...]) -> str:
    return f"answer {row[1]}: mean level {_f(row[2]):.2f}, n {row[6]}"


def _f(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _x(answer: int, longest: int) -> float:
    return _LEFT + _PLOT_W * (answer - 1) / max(1, longest - 1)


def _y(rank: float) -> float:
    # An interval may reach past the levels that there are; the drawing may not.
    top = len(Difficulty) - 1
    return _TOP + _PLOT_H * (1 - min(max(rank, 0), top) / top)
