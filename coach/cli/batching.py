"""``--batch-out`` and ``--batch-in``: requests that an endpoint answers later, instead of calls."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli import options
from coach.errors import ContentError, UsageError

if TYPE_CHECKING:
    from coach.cli.simulate import Reach
    from coach.models.batch import Asked, BatchModel
    from coach.settings import Settings

BatchOutOption = Annotated[
    Path | None, typer.Option("--batch-out", help="Write the requests for a batch API to FILE; nothing is called.")
]
BatchInOption = Annotated[
    list[Path] | None, typer.Option("--batch-in", help="Take the answers from a batch's output (repeatable).")
]
_LONGEST_LINE = 32 * 1024 * 1024
"""Bytes; no answer is near it."""
_NOWHERE = "http://localhost/v1"
"""The address of a choice that calls nobody."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch of a command: what answers, and where what is left to ask goes."""

    choice: options.ModelChoice
    model: "BatchModel"
    out: Path | None
    answered: bool
    """Whether the output of a batch was given."""

    def finish(self, role: str, *, as_json: bool) -> None:
        """Write what has no answer where that was asked for, and say what comes next. Raises StorageError."""
        import sys

        from coach.cli.common import console

        left = tuple(self.model.left.values())
        written = _write(self.out, left, self.model) if self.out is not None else None
        if as_json and written is not None and not self.answered:
            sys.stdout.write(json.dumps(asdict(written)) + "\n")
            return
        screen = console(stderr=as_json)
        if written is not None:
            for line in written.said(f"{role} {self.model.name}", again=self.answered):
                screen.print(line, soft_wrap=True)
        elif left:
            screen.print(
                f"{len(left):,} requests have no answer, repairs of malformed answers among them; "
                "to ask them too, add --batch-out FILE",
                soft_wrap=True,
            )


def open_batch(
    reach: "Reach",
    settings: "Settings",
    role: str,
    *,
    out: Path | None,
    answers: Sequence[Path] | None,
    inputs: Sequence[Path] = (),
) -> Batch | None:
    """Return the batch that the command line asks for, None where it asks for none.

    Raises:
        UsageError: an option that a batch has no use for, or no model for ``role`` that an endpoint answers.
        ContentError: the answers are none (with file and line).
    """
    if out is None and not answers:
        return None
    from coach.cli.models import open_prices
    from coach.models.batch import BatchModel, read_answers

    if reach.cassette is not None or reach.cassette_mode is not None:
        raise UsageError("a batch has no cassette; leave --cassette out")
    if reach.max_cost is not None or reach.max_tokens is not None:
        raise UsageError("--max-cost and --max-tokens limit calls, and a batch makes none; see its estimate")
    for given in (*inputs, *(answers or ())):
        if out is not None and out.resolve() == given.resolve():
            raise UsageError(f"--batch-out would overwrite {given}, which is read; choose another file")
    if settings.endpoint(reach.base_url)[0] is None:
        reach = replace(reach, base_url=_NOWHERE)
    choice = replace(reach.choice(settings), cassette=None)
    name = choice.of(role)
    if name == options.OFFLINE or options.is_own(name):
        raise UsageError(f"a batch needs a model behind an endpoint, not '{name}'; name it with --model NAME")
    found = read_answers((str(path), _lines(path)) for path in answers or ())
    if choice.api_key:
        found = {custom_id: answer.without(choice.api_key) for custom_id, answer in found.items()}
    return Batch(choice, BatchModel(name, open_prices(choice), found), out, bool(answers))


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file. Raises ContentError where it can't be read."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE + 1):
                number += 1
                if len(line) > _LONGEST_LINE:
                    raise ContentError("longer than any answer; give the batch's output file", path, number)
                yield line
    except OSError as error:
        raise ContentError(f"can't be read: {error.strerror}", path) from error


@dataclass(frozen=True, slots=True)
class _Written:
    """What was written, and about what it takes."""

    requests: int
    files: tuple[str, ...]
    tokens_in: int
    tokens_out: int
    usd: float | None

    def said(self, whom: str, *, again: bool) -> Iterator[str]:
        """Yield it in lines; ``again``: after a batch was answered."""
        from coach.cli.spending import money
        from coach.models.batch import MOST_BYTES, MOST_REQUESTS, URL

        if not self.files:
            yield "Nothing is left to ask: no batch is written."
            return
        yield f"Batch:    {', '.join(self.files)}: {self.requests:,} requests to the {whom}"
        if len(self.files) > 1:
            most = f"{MOST_REQUESTS:,} requests and {MOST_BYTES // 10**6} MB"
            yield f"          in {len(self.files)} files, as one may hold {most} at most"
        yield (
            f"Estimate: {self.tokens_in:,} tokens in, {self.tokens_out:,} out, {money(self.usd)} at full price; "
            "batch endpoints commonly charge half"
        )
        more = "one more --batch-in OUTPUT" if again else "--batch-in OUTPUT"
        yield f"Next:     have it answered at {URL}, then run this with {more} in place of --batch-out"


def _write(out: Path, asked: "Sequence[Asked]", model: "BatchModel") -> _Written:
    from coach.cli.common import storage
    from coach.models.batch import expected, parts
    from coach.records.run import write_whole

    with storage(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    found = parts(asked)
    files = [out] if len(found) == 1 else [out.with_name(f"{out.name}.{i}") for i in range(1, len(found) + 1)]
    for file, part in zip(files, found, strict=True):
        write_whole(file, (one.line.decode() for one in part))
    usage, usd = expected(asked, model.name, model.prices)
    return _Written(len(asked), tuple(map(str, files)), usage.input or 0, usage.output or 0, usd)
