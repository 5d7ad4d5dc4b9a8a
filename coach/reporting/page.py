"""What every page shares: the policy that lets nothing in but its own style and script."""

import base64
import hashlib


def policy(style: str, script: str | None = None) -> str:
    """Return the content security policy: this style, this script where there is one, nothing else."""
    scripts = f"script-src 'sha256-{_hash(script)}'; " if script is not None else ""
    return f"default-src 'none'; style-src 'sha256-{_hash(style)}'; {scripts}base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
