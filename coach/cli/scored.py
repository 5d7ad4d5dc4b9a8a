"""A run's tables, and what two runs are compared by: their models, their prompts."""

import difflib
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from coach.errors import RunError, UsageError
from coach.scoring import build_tables, observer_of
from coach.scoring.model import GRADING_VERSION

if TYPE_CHECKING:
    from coach.content.library import Library
    from coach.records.run import RunFolder
    from coach.scoring.tables import Tables


def tables_of(folder: "RunFolder", library: "Library") -> "Tables":
    """Return the tables of a run's ended interviews: those that are kept beside its journal, where nothing has changed.

    Raises:
        RunError: the journal can't be read.
    """
    from coach.cli.results import banks_of
    from coach.scoring import cache

    banks = banks_of(folder, library)
    files = [f for b in banks for f in library.banks.files[b].parent.glob("*.yaml")]
    if not folder.journal.is_file():
        return build_tables((), banks)
    key = cache.fingerprint(folder.journal, files)
    found = cache.load(folder.path / cache.FILE, key)
    if found is None:
        found = build_tables(folder.records(), banks)
        with suppress(OSError):  # a full or read-only disk costs the next reader time, nothing else
            cache.save(folder.path / cache.FILE, found, key)
    return found


def check_comparable(*folders: "RunFolder") -> None:
    """Raise RunError where a run was scored by other rules, with the command that scores it again."""
    for folder in folders:
        path = folder.path / "scores.json"
        if not path.is_file():
            continue
        try:
            version = json.loads(path.read_bytes()).get("grading_version")
        except (OSError, ValueError, AttributeError):
            version = None
        if version != GRADING_VERSION:
            raise RunError(
                f"{folder.path} was scored by grading version {version or 'unknown'}, "
                f"this coach has {GRADING_VERSION}; score it again with: coach score {folder.path}"
            )


def check_seeds(base: "RunFolder", new: "RunFolder") -> None:
    """Raise UsageError where two runs have other seeds: then the same case has another candidate in each."""
    seeds = base.manifest.seed, new.manifest.seed
    if seeds[0] != seeds[1]:
        raise UsageError(
            f"{base.path} has the seed {seeds[0]} and {new.path} {seeds[1]}: the same case has another candidate in "
            f"each, so nothing pairs; run one of them again with --seed {seeds[0]}"
        )


def only_prompts(tables: "Tables", folder: "RunFolder", chosen: str | None, option: str) -> "Tables":
    """Return the tables of one prompt set. Raises UsageError where a run has several and none is chosen."""
    there = sorted(tables.interviews["prompts"].unique()) if not tables.interviews.empty else []
    if chosen is None:
        if len(there) > 1:
            raise UsageError(f"{folder.path} has the prompt sets {', '.join(there)}; choose one with {option} NAME")
        return tables
    if chosen not in there:
        raise UsageError(f"{folder.path} has no prompt set '{chosen}'; it has {', '.join(there) or 'none'}")
    return tables.only(lambda rows: rows["prompts"] == chosen)


def prompt_hashes(folder: "RunFolder", chosen: str | None) -> dict[str, str]:
    """Return the hashes of the templates that a run's prompt set has, by template."""
    hashes = folder.manifest.prompt_hashes
    sets = {c.prompts for c in folder.manifest.cells} or {"default"}
    name = chosen or (next(iter(sets)) if len(sets) == 1 else "default")
    found = {k: v for k, v in hashes.items() if ":" not in k}
    own = {k.partition(":")[2]: v for k, v in hashes.items() if k.partition(":")[0] == name and ":" in k}
    return found | own


def prompts_diff(base: "RunFolder", new: "RunFolder", sets: tuple[str | None, str | None]) -> tuple[str, list[str]]:
    """Return the templates' diff, and the names of those that differ though a run did not keep their text."""
    before, after = prompt_hashes(base, sets[0]), prompt_hashes(new, sets[1])
    texts = base.texts(), new.texts()
    lines: list[str] = []
    lost: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        a, b = before.get(name), after.get(name)
        if a == b:
            continue
        old, newer = (t.get(h[:32]) if h else "" for t, h in zip(texts, (a, b), strict=True))
        if old is None or newer is None:
            lost.append(name)
            continue
        lines += difflib.unified_diff(old.splitlines(), newer.splitlines(), f"base/{name}", f"new/{name}", lineterm="")
    return "\n".join(lines), lost


def unread(folders: "tuple[RunFolder, RunFolder]", *, changed: bool) -> bool:
    """Return whether two runs differ in what is put to their models, and their Observer does not read prompts."""
    rubrics = [{c.rubric for c in f.manifest.cells} for f in folders]
    return (changed or rubrics[0] != rubrics[1]) and all(observer_of(f.manifest.model) == "offline" for f in folders)


def notices(folders: "tuple[RunFolder, RunFolder]", *, lost: list[str], unread: bool) -> tuple[str, ...]:
    """Return what must be known of two runs before their figures are read."""
    found = []
    if unread:
        found.append("Both runs are on the offline model: this model does not read prompts, so nothing can be told.")
    if lost:
        found.append(f"The text of some prompts that differ was not kept: {', '.join(lost)}.")
    for name, folder in zip(("base", "new run"), folders, strict=True):
        missing = len(folder.missing_cells())
        if missing:
            found.append(f"The {name} is incomplete: {missing} interviews are missing.")
    return tuple(found)
