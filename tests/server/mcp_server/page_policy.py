"""The policy of the answer page names its script and style by hash: `python page_policy.py` writes them anew."""

import base64
import hashlib
import re
from importlib.resources import files
from pathlib import Path

PAGE = Path(str(files("server.mcp").joinpath("answer_page.html")))


def with_hashes(html: str) -> str:
    """Return the page with the hashes of what stands in it."""
    for name, tag in (("script", "script"), ("style", "style")):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        found = base64.b64encode(hashlib.sha256(inside.encode("utf-8")).digest()).decode("ascii")
        html = re.sub(rf"{name}-src 'sha256-[^']*'", f"{name}-src 'sha256-{found}'", html, count=1)
    return html


if __name__ == "__main__":
    PAGE.write_text(with_hashes(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
