"""A real browser draws both answers under the page's own policy, in a frame as hosts make it."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from library_factory import make_job, make_library, rated_jobs, rating
from mcp_client import connect, facts_of
from page_policy import PAGE

pytestmark = pytest.mark.anyio
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOST = """<!doctype html><meta charset="utf-8"><iframe sandbox="allow-scripts"></iframe><script>
const frame = document.querySelector("iframe");
const answer = ANSWER;
addEventListener("message", (event) => {
  const message = event.data, say = (more) => event.source.postMessage({ jsonrpc: "2.0", ...more }, "*");
  fetch("/", { method: "POST", body: JSON.stringify(message) });
  if (message.method === "ui/initialize") say({ id: message.id, result: { hostContext: { theme: "dark" } } });
  if (message.method === "ui/notifications/initialized")
    say({ method: "ui/notifications/tool-result", params: { content: [], structuredContent: answer } });
});
frame.srcdoc = PAGE;
</script>"""


def in_script(value: Any) -> str:
    return json.dumps(value).replace("<", "\\u003c")


class Reports(BaseHTTPRequestHandler):
    """Gives the host's page, and takes what the host heard from ours."""

    html: bytes
    heard: "Queue[dict[str, Any]]"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.html)

    def do_POST(self) -> None:
        self.heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def drawing(answer: dict[str, Any], profile: Path) -> "Iterator[Queue[dict[str, Any]]]":
    """Let a browser show a host with our page; yields what the page tells the host."""
    assert BROWSER is not None
    html = HOST.replace("ANSWER", in_script(answer)).replace("PAGE", in_script(PAGE.read_text(encoding="utf-8")))
    heard: Queue[dict[str, Any]] = Queue()
    handler = type("Handler", (Reports,), {"html": html.encode(), "heard": heard})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        browser = subprocess.Popen(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
             "--remote-debugging-port=0", address],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            yield heard
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait(timeout=20)
            server.shutdown()


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine to draw the page with")
@pytest.mark.slow
@pytest.mark.parametrize(("tool", "arguments"), [("what_works", {}), ("summarize_trends", {"per": "day"})])
async def test_a_browser_draws_it(tool: str, arguments: dict[str, Any], tmp_path: Path) -> None:
    odd = make_job(900, model="<img src=x onerror=parent.postMessage({method:'stolen'},'*')>")
    library = make_library(tmp_path, [*rated_jobs(120), odd, rating(odd, 5)])
    async with connect(library) as client:
        answer = facts_of(await client.call_tool(tool, arguments))
    with drawing(answer, tmp_path / "profile") as heard:
        # Reports travel on connections of their own, so they may overtake one another.
        said = {each["method"]: each["params"] for each in (heard.get(timeout=120) for _ in range(3))}
    assert set(said) == {"ui/initialize", "ui/notifications/initialized", "ui/notifications/size-changed"}
    assert said["ui/notifications/size-changed"]["height"] > 200
