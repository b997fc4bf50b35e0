"""A real browser draws both answers under the page's own policy, in a frame as hosts make it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rated_jobs, rating
from mcp_client import connect, facts_of
from page_policy import PAGE

pytestmark = pytest.mark.anyio
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOST = """<!doctype html><meta charset="utf-8"><iframe sandbox="allow-scripts"></iframe><pre></pre><script>
const frame = document.querySelector("iframe"), log = document.querySelector("pre");
const answer = ANSWER;
addEventListener("message", (event) => {
  const message = event.data, say = (more) => event.source.postMessage({ jsonrpc: "2.0", ...more }, "*");
  log.textContent += message.method + " " + JSON.stringify(message.params) + "\\n";
  if (message.method === "ui/initialize") say({ id: message.id, result: { hostContext: { theme: "dark" } } });
  if (message.method === "ui/notifications/initialized")
    say({ method: "ui/notifications/tool-result", params: { content: [], structuredContent: answer } });
});
frame.srcdoc = PAGE;
</script>"""


def in_script(value: Any) -> str:
    return json.dumps(value).replace("<", "\\u003c")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine to draw the page with")
@pytest.mark.slow
@pytest.mark.parametrize(("tool", "arguments"), [("what_works", {}), ("summarize_trends", {"per": "day"})])
async def test_a_browser_draws_it(tool: str, arguments: dict[str, Any], tmp_path: Path) -> None:
    odd = make_job(900, model="<img src=x onerror=parent.postMessage({method:'stolen'},'*')>")
    library = make_library(tmp_path, [*rated_jobs(120), odd, rating(odd, 5)])
    async with connect(library) as client:
        answer = facts_of(await client.call_tool(tool, arguments))
    page = PAGE.read_text(encoding="utf-8")
    host = tmp_path / "host.html"
    host.write_text(HOST.replace("ANSWER", in_script(answer)).replace("PAGE", in_script(page)), encoding="utf-8")
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", host.as_uri()],
        capture_output=True, encoding="utf-8", timeout=120, check=True,
    )  # fmt: skip
    assert "ui/initialize" in done.stdout
    assert "ui/notifications/initialized" in done.stdout
    (height,) = re.findall(r'size-changed \{"width":\d+,"height":(\d+)\}', done.stdout)
    assert int(height) > 200
    assert "stolen {" not in done.stdout
