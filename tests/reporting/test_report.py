"""The report: hostile text is inert in a real browser, nothing is requested, and it is quick."""

import io
import shutil
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from coach.domain.analysis import FactError
from coach.records.interview import InterviewRecord
from coach.reporting.evaluation import evaluation_tables
from coach.reporting.html import render_report
from coach.reporting.interviews import interview_data, mark_of
from coach.reporting.safe import safe_text
from coach.reporting.terminal import summary
from coach.reporting.transcript import transcript
from coach.scoring.evaluation import evaluate_lines
from coach.scoring.model import Scores
from tests.scoring.test_scores import RECORDS, SCORES

MANIFEST = {
    "name": "m",
    "created": "2026-01-02T03:04:05Z",
    "seed": 7,
    "versions": {"coach": "0.1.0"},
    "prompt_hashes": {"en/observer.system": "ab" * 32},
    "git_commit": None,
    "git_dirty": None,
    "price_source": None,
}
HOSTILE = (
    "</script><script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    "<!-- ' \" & \u2028 \x1b[31mred\x1b]0;title\x07 \u202eevil <a href='javascript:alert(1)'>"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def hostile(record: InterviewRecord) -> InterviewRecord:
    turns = []
    for turn in record.turns:
        analysis = turn.analysis.model_copy(
            update={"errors": (FactError(claim=HOSTILE, correction=HOSTILE),), "reason": HOSTILE}
        )
        thoughts = tuple(t.model_copy(update={"content": HOSTILE}) for t in turn.thoughts)
        turns.append(
            turn.model_copy(update={"reply": HOSTILE, "message": HOSTILE, "analysis": analysis, "thoughts": thoughts})
        )
    return record.model_copy(update={"turns": tuple(turns), "last_message": HOSTILE})


def report(tmp_path: Path, records: list[InterviewRecord], scores: Scores = SCORES) -> Path:
    path = tmp_path / "report.html"
    render_report(scores, MANIFEST, iter(records), path)
    return path


class Tags(HTMLParser):
    """Collects elements and their addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.addresses: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in ("src", "href"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


def test_hostile_text_makes_no_element(tmp_path: Path) -> None:
    tags = Tags()
    tags.feed(report(tmp_path, [hostile(r) for r in RECORDS[:3]]).read_text("utf-8"))
    assert tags.scripts == 3 + 1
    assert tags.handlers == []
    assert all(a.startswith("#") for a in tags.addresses)


def test_a_hostile_name_in_the_scores_is_escaped(tmp_path: Path) -> None:
    scores = SCORES.model_copy(update={"run": HOSTILE, "notices": (HOSTILE,)})
    assert "<img" not in report(tmp_path, RECORDS[:1], scores).read_text("utf-8")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1280, 400])
def test_it_is_quiet_and_safe_in_a_real_browser(tmp_path: Path, width: int) -> None:
    from playwright.sync_api import sync_playwright

    path = report(tmp_path, [hostile(RECORDS[0]), *RECORDS[1:6]])
    noise: list[str] = []
    requests: list[str] = []
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("console", lambda m: noise.append(m.text))
        page.on("pageerror", lambda e: noise.append(str(e)))
        page.on("dialog", lambda d: noise.append(d.message))
        page.on("request", lambda r: requests.append(r.url))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        first = page.locator(".interview").first
        first.locator("summary").first.click()
        page.wait_for_selector(".turn")
        assert first.locator(".turn").count() == len(RECORDS[0].turns)
        assert "onerror" in first.locator(".reply p").first.inner_text()
        page.check("#f-mistakes")
        page.fill("#m-text", "hallucination.recall")
        assert page.locator("#measures tr.figure:visible").count() > 0
        assert page.title() != "pwned"
        assert page.locator("img").count() == 0
        page.goto(f"{path.as_uri()}#{RECORDS[2].interview_id}/t2")
        page.wait_for_selector(f"[id='{RECORDS[2].interview_id}/t2']")
        browser.close()
    assert noise == []
    assert {r.split("#")[0] for r in requests} == {path.as_uri()}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_interviews_and_measures_are_found_by_what_can_be_read(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    quoted = RECORDS[0].model_copy(update={"last_message": 'He said "well <enough>" at\nlast.'})
    missed = next(r for r in RECORDS[1:] if any(mark_of(t) == "wrong" for t in r.turns))
    right = next(r for r in RECORDS[1:] if all(mark_of(t) == "right" for t in r.turns))
    path = report(tmp_path, [quoted, missed, right])
    noise: list[str] = []
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page()
        page.on("pageerror", lambda e: noise.append(str(e)))
        page.goto(f"{path.as_uri()}#%E0%A4%A")
        shown = page.locator(".interview:visible")
        for text, count in (('said "well <enough>"', 1), ("degraded", 0), ("overrides", 0), ("", 3)):
            page.fill("#f-text", text)
            assert shown.count() == count, text
        page.select_option("#f-outcome", "verdict fits")
        fits = [r for r in (quoted, missed, right) if "verdict fits" in interview_data(r)[0]["outcomes"]]
        assert shown.count() == len(fits)
        page.select_option("#f-outcome", "")
        page.check("#f-mistakes")
        assert page.locator(f"[id='{missed.interview_id}']").is_visible()
        assert not page.locator(f"[id='{right.interview_id}']").is_visible()
        page.locator(f"[id='{missed.interview_id}'] > summary").click()
        link = page.locator(f"[id='{missed.interview_id}'] .missed a").first.get_attribute("href") or ""
        assert page.locator(f"[id='{link[1:]}'] .tag").first.inner_text() in ("mistake", "acceptable")
        page.fill("#m-text", "hallucination.recall held out")
        names = page.locator("#measures tr.figure:visible code").all_inner_texts()
        assert names == ["detection.hallucination.recall"]
        browser.close()
    assert noise == []


def test_every_part_of_the_page_is_there_in_order(tmp_path: Path) -> None:
    page = report(tmp_path, RECORDS[:2]).read_text("utf-8")
    parts = ("headlines", "confusion", "personas", "difficulty", "cost", "more", "interviews", "measures")
    places = [page.index(f'<section id="{part}">') for part in parts]
    assert places == sorted(places)
    assert page.count('<table class="matrix">') == len(SCORES.confusions)
    assert page.count('<tr class="figure">') >= len(SCORES.measures)
    assert "By turn and agent" in page


def test_half_a_character_does_not_cost_the_report(tmp_path: Path) -> None:
    assert report(tmp_path, [RECORDS[0].model_copy(update={"last_message": "half \ud800"})]).stat().st_size


def test_a_thousand_interviews_are_written_quickly(tmp_path: Path) -> None:
    many = [r.model_copy(update={"interview_id": f"i{i}"}) for i in range(1000 // len(RECORDS) + 1) for r in RECORDS]
    began = time.process_time()
    path = report(tmp_path, many)
    assert time.process_time() - began < 20
    assert path.stat().st_size < 60_000_000


def test_missing_measures_are_unscored_and_break_nothing(tmp_path: Path) -> None:
    empty = SCORES.model_copy(update={"measures": (), "confusions": (), "series": ()})
    assert "unscored" in report(tmp_path, [], empty).read_text("utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_summary_fits_its_width(width: int) -> None:
    from rich.console import Console

    screen = Console(width=width, record=True, force_terminal=False)
    screen.print(summary(SCORES, width))
    text = screen.export_text()
    assert all(len(line) <= width for line in text.splitlines())
    assert "hallucinator" in text


def test_a_transcript_reads_well_and_is_safe() -> None:
    text = transcript(hostile(RECORDS[0]), width=80, thoughts=True, markdown=False)
    assert "\x1b" not in text
    assert "\u202e" not in text
    plain = transcript(RECORDS[0], width=80, thoughts=False, markdown=False)
    assert all(len(line) <= 80 or "meant" in line for line in plain.splitlines())
    assert plain.count("Candidate:") == len(RECORDS[0].turns)
    assert transcript(RECORDS[0], width=80, thoughts=False, markdown=True).startswith("# ")


def test_no_text_steers_the_terminal_whatever_it_comes_from() -> None:
    from rich.console import Console

    steering = "x\x1b]0;title\x07\x1b[2J\u202e"
    silent = RECORDS[0].model_copy(update={"feedback": None, "no_feedback_reason": steering})
    evaluated = evaluate_lines([], []).model_copy(update={"unknown_labels": {steering: 2}})
    scores = SCORES.model_copy(update={"model": steering, "notices": (steering,)})
    screen = Console(width=100, file=io.StringIO(), force_terminal=False)
    screen.print(summary(scores, 100), *evaluation_tables(evaluated))
    for text in (screen.file.getvalue(), transcript(silent, width=80, thoughts=False, markdown=False)):  # type: ignore[attr-defined]
        assert "x" in text
        assert not set("\x1b\x07\u202e") & set(text)


def test_feedback_cannot_leave_its_markdown_fence() -> None:
    feedback = RECORDS[0].feedback
    assert feedback is not None
    broken = feedback.model_copy(update={"general_comments": "a\n```\n````\n# not a heading"})
    lines = transcript(
        RECORDS[0].model_copy(update={"feedback": broken}), width=80, thoughts=False, markdown=True
    ).splitlines()
    fences = [i for i, line in enumerate(lines) if line.strip() == "`````"]
    assert len(fences) == 2
    inside = [line.strip() for line in lines[fences[0] : fences[1]]]
    assert "# not a heading" in inside


def test_what_steers_a_terminal_is_stripped() -> None:
    assert safe_text("a\x1b[31mb\x1b]0;t\x07c\x00d\u202ee\tf\ng") == "abcde\tf\ng"
