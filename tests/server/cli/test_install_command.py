"""Setting up a client changes our entry alone, after showing it, and keeps what was there."""

import json
import os
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from learning_core.errors import TargetRefused, Unreadable
from server.clients.entry import read_servers, server_entry, snippet, with_entry
from server.clients.known import BY_NAME, CLIENTS, configuration_file
from server.clients.setup import apply, planned

FILES = {
    "claude-desktop": ".config/Claude/claude_desktop_config.json",
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "vscode": ".config/Code/User/mcp.json",
    "codex": ".codex/config.toml",
    "gemini": ".gemini/settings.json",
}
ELSEWHERE = ("XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR", "APPDATA")
NOON = 1_760_000_000.0
TOML = """# mine
model = "o9"

[mcp_servers.other]
command = "other"
env = { TOKEN = "secret" }

[mcp_servers.whatworks]
command = "/old/whatworks"
args = ["serve"]

[mcp_servers.whatworks.env]
A = "b"

[profiles.fast]
model = "o9-mini"
"""


def entry_of(path: Path, client: str) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    return dict(content[BY_NAME[client].servers]["whatworks"])


def run(command: Any, *words: str) -> Any:
    return command.run(*words, **dict.fromkeys(ELSEWHERE, ""))


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of other systems are tested as paths only")
@pytest.mark.parametrize("client", FILES)
def test_each_client_gets_an_entry_that_starts_this_library(client: str, filled: Any) -> None:
    path = filled.home / FILES[client]
    ended = run(filled, "install", client, "--yes")
    assert ended.code == 0, ended
    assert str(path) in ended.out
    entry = entry_of(path, client)
    words = [entry["command"], *entry["args"]]
    assert Path(words[0]).is_absolute()
    assert words[-3:] == ["--library", str(filled.library), "serve"]
    assert entry["env"] == {"WHATWORKS_CACHE": str(filled.cache)}
    if client in ("claude-code", "vscode"):
        assert entry["type"] == "stdio"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_asks_first_and_print_changes_nothing(filled: Any) -> None:
    refused = run(filled, "install", "cursor")
    assert refused.code == 1
    assert "+" in refused.out
    assert "Nothing was changed" in refused.err
    printed = run(filled, "install", "cursor", "--print", "--hide-prompts")
    assert printed.code == 0
    assert json.loads(printed.out)["mcpServers"]["whatworks"]["args"][-2:] == ["serve", "--hide-prompts"]
    assert not (filled.home / ".cursor").exists()


def test_doctor_finds_what_is_wrong_with_an_entry(filled: Any) -> None:
    assert run(filled, "install", "cursor", "--yes").code == 0
    healthy = run(filled, "doctor")
    assert healthy.code == 0, healthy
    assert "Cursor: starts " in healthy.out
    path = filled.home / ".cursor" / "mcp.json"
    content = json.loads(path.read_text())
    content["mcpServers"]["whatworks"]["command"] = "/gone/whatworks"
    path.write_text(json.dumps(content))
    (filled.home / ".gemini").mkdir()
    (filled.home / ".gemini" / "settings.json").write_text("{ // a remark\n}")
    broken = run(filled, "doctor")
    assert broken.code == 1
    assert "PROBLEM  Cursor: /gone/whatworks is not there" in broken.out
    assert "whatworks install cursor" in broken.out
    assert "warning  Gemini CLI: its file cannot be read" in broken.out


def entry(client: str) -> dict[str, Any]:
    return server_entry(BY_NAME[client], ["/opt/with space/what'works"], ["serve"], cache="C:\\Users\\ü\\cache")


@pytest.mark.parametrize("client", [each.name for each in CLIENTS])
def test_a_snippet_reads_back_as_it_was_meant(client: str) -> None:
    text = snippet(BY_NAME[client], entry(client))
    assert read_servers(BY_NAME[client], text, Path())["whatworks"] == entry(client)
    assert with_entry(BY_NAME[client], text, Path(), entry(client)) == text


def test_other_servers_and_settings_stay_as_they_are() -> None:
    before = '{\n\t"theme": "dunkel – ü",\n\t"mcpServers": {\n\t\t"other": {"command": "x", "args": [1e3]}\n\t}\n}'
    after = with_entry(BY_NAME["gemini"], before, Path(), entry("gemini"))
    content = json.loads(after)
    assert content.pop("mcpServers") == {"other": {"command": "x", "args": [1e3]}, "whatworks": entry("gemini")}
    assert content == {"theme": "dunkel – ü"}
    assert '\n\t"theme": "dunkel – ü"' in after
    assert not after.endswith("\n")


def test_in_toml_only_our_own_tables_are_touched() -> None:
    after = with_entry(BY_NAME["codex"], TOML, Path(), entry("codex"))
    for line in TOML.splitlines():
        if "whatworks" not in line and line not in ('args = ["serve"]', 'A = "b"'):
            assert line in after.splitlines()
    assert tomllib.loads(after)["mcp_servers"]["other"] == {"command": "other", "env": {"TOKEN": "secret"}}
    assert tomllib.loads(after)["mcp_servers"]["whatworks"] == entry("codex")
    assert tomllib.loads(after)["profiles"] == {"fast": {"model": "o9-mini"}}
    assert "# mine" in after


@pytest.mark.parametrize(
    ("client", "text"),
    [
        ("cursor", "{ // remark\n}"),
        ("cursor", "[]"),
        ("cursor", '{"mcpServers": []}'),
        ("cursor", "[" * 100_000),
        ("codex", "= no toml"),
        ("codex", 'mcp_servers = "x"'),
        ("codex", 'mcp_servers = { whatworks = { command = "x" } }\n'),
    ],
)
def test_a_file_in_another_shape_is_left_alone(client: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(Unreadable) as refused:
        planned(BY_NAME[client], path, entry(client))
    assert str(path) in str(refused.value)
    assert path.read_text() == text


def test_a_change_keeps_a_backup_the_mode_and_what_a_link_leads_to(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "mcp.json", tmp_path / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}")
    real.chmod(0o640)
    if os.name == "posix":
        link.symlink_to(real)
    change = planned(BY_NAME["cursor"], link if os.name == "posix" else real, entry("cursor"))
    backup = apply(change, NOON)
    assert backup is not None
    assert backup.parent == real.parent
    assert backup.read_text() == "{}"
    assert entry_of(real, "cursor") == entry("cursor")
    if os.name == "posix":
        assert link.is_symlink()
        assert stat.S_IMODE(real.stat().st_mode) == 0o640
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert not planned(BY_NAME["cursor"], real, entry("cursor")).is_needed


@pytest.mark.parametrize("before", [None, "{}"])
def test_a_file_that_changes_meanwhile_is_not_overwritten(before: str | None, tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    if before is not None:
        path.write_text(before)
    change = planned(BY_NAME["cursor"], path, entry("cursor"))
    path.write_text('{"new": 1}')
    with pytest.raises(TargetRefused):
        apply(change, NOON)
    assert path.read_text() == '{"new": 1}'
    assert list(tmp_path.iterdir()) == [path]


def test_the_diff_shows_no_neighbouring_lines(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TOML)
    assert not any("secret" in line for line in planned(BY_NAME["codex"], path, entry("codex")).lines())


def test_every_system_has_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path("home")
    desktop = BY_NAME["claude-desktop"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert configuration_file(desktop, {}, home).parts[1:3] == ("Library", "Application Support")
    monkeypatch.setattr(sys, "platform", "win32")
    assert configuration_file(desktop, {"APPDATA": "roaming"}, home).parts[:2] == ("roaming", "Claude")
    assert configuration_file(desktop, {}, home).parts[1:3] == ("AppData", "Roaming")
    monkeypatch.setattr(sys, "platform", "linux")
    assert configuration_file(BY_NAME["vscode"], {"XDG_CONFIG_HOME": "etc"}, home).parts[0] == "etc"
    assert configuration_file(BY_NAME["codex"], {"CODEX_HOME": "elsewhere"}, home) == Path("elsewhere", "config.toml")
