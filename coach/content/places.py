"""Where data files are: in the wheel beside the package, or in the checkout above it."""

from pathlib import Path

from coach.errors import ContentError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_dir(kind: str) -> Path:
    """Return the folder of ``kind`` (``personas``, ``scenarios``, ``reports``).

    Raises:
        ContentError: the installation lacks it.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        folder = root / kind
        if folder.is_dir():
            return folder
    raise ContentError(f"the installed coach lacks its '{kind}' files; install it again", _PACKAGE)
