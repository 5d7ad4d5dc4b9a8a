"""What a run spent, from its journal; and how far off the estimate was."""

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from coach.models.base import Usage

if TYPE_CHECKING:
    from coach.cli.runs import RunPlan
    from coach.models.base import Model
    from coach.records.run import RunFolder
    from coach.simulation.estimating import Estimate


def spent_so_far(folder: "RunFolder") -> Iterator[tuple[Usage, float | None]]:
    """Yield usage and money of every call that was really made: all attempts, the probe, the judge."""
    from coach.records.labels import read_labels
    from coach.records.lines import read_lines

    for probe in folder.manifest.probe.values():
        yield Usage.model_validate(probe["usage"]), probe["cost"]
    if folder.journal.is_file():
        for _, _, line in read_lines(folder.journal):
            if line.startswith(b'{"cell_key"') and b'"type":"call"' in line:
                call = json.loads(line)["call"]
                if not call["replayed"]:
                    yield Usage.model_validate(call["usage"]), 0.0 if _refused(call) else call["cost"]
    for label in read_labels(folder.path):
        if label.usage is not None:
            yield label.usage, label.cost


def _refused(call: dict[str, Any]) -> bool:
    """Return whether a call came to nothing because each attempt was answered with an error, which costs nothing."""
    tries = call["tries"]
    return call["outcome"] == "failed" and bool(tries) and all(t["status"] is not None for t in tries)


def say_spent(plan: "RunPlan") -> list[str]:
    """Return lines about what the run spent and how far off the estimate was; none on the embedded model alone."""
    choice = plan.setup.choice
    lines = []
    if choice.cassette is not None:
        lines.append(_cassette(plan))
    if choice.replays or not choice.endpoint_names(plan.setup.roles):
        return lines
    spent_in = spent_out = 0
    known, unknown = 0.0, 0
    for usage, cost in spent_so_far(plan.folder):
        spent_in += usage.input or 0
        spent_out += usage.output or 0
        known += cost or 0.0
        unknown += cost is None
    told = money(known if known or not unknown else None)
    more = f" and {unknown:,} calls whose cost is not known" if known and unknown else ""
    lines.append(f"Spent:    {spent_in:,} tokens in, {spent_out:,} out, {told}{more}")
    estimate = estimate_plan(plan)
    before = f"{estimate.tokens:,} tokens, {money(estimate.usd)}"
    off = _off(estimate, spent_in + spent_out, None if unknown else known)
    lines.append(f"Estimate: {before}; {off}")
    return lines


def _off(estimate: "Estimate", tokens: int, usd: float | None) -> str:
    parts = []
    if estimate.tokens:
        parts.append(f"{100 * (tokens / estimate.tokens - 1):+.0f} % tokens")
    if usd is not None and estimate.usd:
        parts.append(f"{100 * (usd / estimate.usd - 1):+.0f} % money")
    return f"the run took {', '.join(parts)}" if parts else "nothing to compare it with"


def _cassette(plan: "RunPlan") -> str:
    from coach.records.lines import read_lines

    replayed = made = 0
    for _, _, line in read_lines(plan.folder.journal):
        if b'"type":"call"' in line:
            replayed += b'"replayed":true' in line
            made += b'"replayed":true' not in line
    mode = plan.setup.choice.cassette_mode
    return f"Cassette: {plan.setup.choice.cassette} ({mode}): {replayed:,} calls replayed, {made:,} made"


def money(usd: float | None) -> str:
    """Return dollars for people; an unknown sum says so."""
    if usd is None:
        return "cost unknown"
    return f"${usd:.2f}" if usd >= 1 or usd == 0 else f"${usd:.4f}"


def estimate_plan(plan: "RunPlan") -> "Estimate":
    """Return the estimate of a plan's cells."""
    from coach.cli.running import banks_of
    from coach.offline import Knowledge, OfflineModel

    knowledge = Knowledge.from_banks(banks_of(plan, plan.cells))
    return asyncio.run(_estimate(plan, OfflineModel(knowledge)))


async def _estimate(plan: "RunPlan", model: "Model") -> "Estimate":
    from coach.cli.models import open_prices
    from coach.domain.vocabulary import Role
    from coach.simulation.estimating import estimate

    choice = plan.setup.choice
    names = {role: choice.of(role.value) for role in Role}
    prices = open_prices(choice)
    return await estimate(plan.cells, lambda m: plan.setup.cases(plan.matrix, plan.library, m), model, names, prices)
