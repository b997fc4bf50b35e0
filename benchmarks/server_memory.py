"""Memory of servers after they answered: alone, three at once, where what they share counts once, and asked on."""

import contextlib
from pathlib import Path

from benchmarks.cold_start import PEER, Session
from benchmarks.figure import Figure
from learning_core.library import Library

SUBJECT = "server memory"
SERVERS = 3
ROUNDS = 50
QUESTIONS = (
    ("what_works", {"subject": "beach"}),
    ("library_overview", {}),
    ("search_records", {"where": "beach rating:>=4"}),
)


def measure(library: Library) -> list[Figure]:
    """Return RSS and PSS in MB of our servers and of empty ones; nothing where /proc does not tell (not Linux)."""
    if not Path("/proc/self/smaps_rollup").exists():
        return []
    ours, empty = _memory(library, SERVERS), _memory(None, SERVERS)
    alone, empty_alone, asked_on = _memory(library, 1), _memory(None, 1), _memory(library, 1, ROUNDS)
    peer = "empty MCPServer"
    return [
        Figure(SUBJECT, "one server, RSS", "MB", alone["Rss"], peer, empty_alone["Rss"]),
        Figure(SUBJECT, "one server, PSS", "MB", alone["Pss"], peer, empty_alone["Pss"]),
        Figure(SUBJECT, f"asked {ROUNDS} times as much, PSS", "MB", asked_on["Pss"], "asked once", alone["Pss"]),
        Figure(SUBJECT, f"{SERVERS} servers, sum of PSS", "MB", ours["Pss"], f"{SERVERS} of them", empty["Pss"]),
    ]


def _memory(library: Library | None, servers: int, rounds: int = 1) -> dict[str, float]:
    with contextlib.ExitStack() as running:
        sessions = [running.enter_context(Session(library) if library else Session(None, PEER)) for _ in range(servers)]
        for session in sessions:
            session.hello()
            for name, arguments in QUESTIONS * rounds:
                session.ask("tools/call", {"name": name, "arguments": arguments} if library else _EMPTY)
        used = [memory_of(session.process.pid) for session in sessions]
    return {kind: sum(each[kind] for each in used) for kind in ("Rss", "Pss")}


_EMPTY = {"name": "what_works", "arguments": {"subject": "beach"}}


def memory_of(process: int) -> dict[str, float]:
    """Return resident and proportional set size in MB: of pages that n processes share, PSS counts an n-th."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    sizes = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return {kind: sizes[kind] for kind in ("Rss", "Pss")}
