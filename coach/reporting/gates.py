"""What gates came to: for a terminal, a pull request, JUnit and GitHub's annotations; formatting only."""

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from rich.table import Table

from coach.reporting.safe import markdown_cell, safe_text
from coach.scoring.gates import GateResult

_MARKS = {"pass": "pass", "fail": "FAIL", "inconclusive": "inconclusive"}
_WIDE = 110


def gates_table(results: Sequence[GateResult], width: int) -> Table:
    """Return one row a gate."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("gate", overflow="fold")
    table.add_column("value [95 %]", justify="right", no_wrap=width >= _WIDE)
    table.add_column("why", overflow="fold")
    for result in results:
        table.add_row(_MARKS[result.outcome], safe_text(result.name), value_of(result), safe_text(why(result)))
    return table


def value_of(result: GateResult) -> str:
    """Return a gate's figure with its interval, or ``unscored``."""
    if result.value is None:
        return "unscored"
    if result.low is None or result.high is None:
        return f"{result.value:.3f}"
    return f"{result.value:.3f} [{result.low:.3f}, {result.high:.3f}]"


def why(result: GateResult) -> str:
    """Return why a gate came out as it did, and what would decide it."""
    parts = [result.why]
    if result.more_cases:
        parts.append(f"about {result.more_cases:,} more cases, in a fresh run, would decide")
    if result.p_holm is not None:
        parts.append(f"p {result.p_holm:.3f} that nothing differs (Holm)")
    if result.outcome != "pass" and result.gate.why:
        parts.append(f"the gate is there because {result.gate.why}")
    return "; ".join(p for p in parts if p)


def gates_markdown(results: Sequence[GateResult], run: str) -> str:
    """Return a section for a pull request or a GitHub step summary."""
    lines = [f"## coach gate: {markdown_cell(run)}", "", "| | gate | value, 95 % | why |", "|---|---|---|---|"]
    lines += [
        f"| {_MARKS[r.outcome]} | {markdown_cell(r.name)} | {markdown_cell(value_of(r))} | {markdown_cell(why(r))} |"
        for r in results
    ]
    return "\n".join([*lines, "", ""])


def gates_junit(results: Sequence[GateResult], run: str) -> str:
    """Return JUnit XML: a test case a gate; inconclusive is skipped, with the reason."""
    failed = sum(r.outcome == "fail" for r in results)
    skipped = sum(r.outcome == "inconclusive" for r in results)
    counts = f'tests="{len(results)}" failures="{failed}" errors="0" skipped="{skipped}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f"<testsuite name={_attribute(f'coach gate {run}')} {counts}>",
        *_cases(results),
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _cases(results: Iterable[GateResult]) -> Iterator[str]:
    for result in results:
        name = f'<testcase classname="coach.gate" name={_attribute(result.name)} time="0"'
        reason, body = _attribute(why(result)), escape(safe_text(f"{value_of(result)}: {why(result)}"))
        match result.outcome:
            case "fail":
                yield f"{name}><failure message={reason}>{body}{escape(_examples(result))}</failure></testcase>"
            case "inconclusive":
                yield f"{name}><skipped message={reason}/></testcase>"
            case _:
                yield f"{name}/>"


def _examples(result: GateResult) -> str:
    return "".join(
        f"\n{e.interview}, {f'turn {e.turn}' if e.turn is not None else 'as a whole'}" for e in result.counterexamples
    )


def _attribute(text: str) -> str:
    return quoteattr(safe_text(text).replace("\n", " "))


def annotations(results: Iterable[GateResult]) -> Iterator[str]:
    """Yield GitHub workflow commands: an error a failed gate, a warning an inconclusive one."""
    for result in results:
        if result.outcome == "pass":
            continue
        level = "error" if result.outcome == "fail" else "warning"
        yield f"::{level} title={_command(result.name, title=True)}::{_command(why(result))}"


def _command(text: str, *, title: bool = False) -> str:
    """Return a text as a workflow command takes it."""
    clean = safe_text(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return clean.replace(":", "%3A").replace(",", "%2C") if title else clean
