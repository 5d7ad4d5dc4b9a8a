"""Text from candidates and models made safe for a terminal."""

import re

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # ANSI sequences
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"  # other control characters; tab and newline stay
    r"|[\u061c\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]"  # marks that turn the direction of text
)


def markdown_cell(text: str) -> str:
    """Return a text that stays within its Markdown cell and is no markup."""
    clean = safe_text(text).replace("\n", " ")
    for mark in "\\|<>`*_[]":
        clean = clean.replace(mark, f"\\{mark}")
    return clean


def safe_text(text: str) -> str:
    """Return ``text`` without control characters, terminal sequences and direction overrides."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def safe_line(text: str) -> str:
    """Return ``text`` made safe and on one line, as a name in a table has to be."""
    return " ".join(safe_text(text).split())
