"""What other channels hand out fits the product: bundle, registry entry, container."""

import json
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from distribution.bundle import contents, write

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MANIFEST = json.loads((ROOT / "distribution" / "manifest.json").read_text(encoding="utf-8"))
REGISTRY = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_all_of_them_tell_the_same_name_version_and_python() -> None:
    (package,) = REGISTRY["packages"]
    assert {MANIFEST["name"], package["identifier"], REGISTRY["title"]} == {PROJECT["name"]}
    assert {MANIFEST["version"], REGISTRY["version"], package["version"]} == {PROJECT["version"]}
    assert MANIFEST["compatibility"]["runtimes"]["python"] == PROJECT["requires-python"]
    assert MANIFEST["license"] == PROJECT["license"]


def test_the_bundle_starts_our_command_with_a_folder_that_the_person_picks() -> None:
    server = MANIFEST["server"]
    assert server["type"] == "uv"
    assert (ROOT / server["entry_point"]).is_file()
    assert server["mcp_config"]["args"][-2:] == ["whatworks", "serve"]
    (name, asked), *others = MANIFEST["user_config"].items()
    assert others == []
    assert asked["type"] == "directory"
    assert server["mcp_config"]["env"] == {"WHATWORKS_LIBRARY": f"${{user_config.{name}}}"}


def test_the_bundle_holds_the_product_and_is_the_same_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mcpb", tmp_path / "b.mcpb"
    write(first)
    write(second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert names == [name for name, _ in contents()]
    assert {"manifest.json", "pyproject.toml", "README.md", "LICENSE", "server/mcp/answer_page.html"} <= set(names)
    assert not any("__pycache__" in name or name.startswith(("tests", "benchmarks")) for name in names)


def test_the_registry_entry_keeps_to_its_limits() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", REGISTRY["name"])
    assert 1 <= len(REGISTRY["description"]) <= 100
    assert set(REGISTRY) <= {"$schema", "name", "title", "description", "version", "packages"}
    (package,) = REGISTRY["packages"]
    assert package["transport"] == {"type": "stdio"}
    assert package["packageArguments"] == [{"type": "positional", "value": "serve"}]
    for variable in package["environmentVariables"]:
        assert variable["name"] in (ROOT / "README.md").read_text(encoding="utf-8")
        assert variable["format"] in ("string", "number", "boolean", "filepath")
    assert f"mcp-name: {REGISTRY['name']}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_container_copies_what_there_is_and_runs_as_nobody_special() -> None:
    for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert re.search(r"^USER (?!root)", DOCKERFILE, re.MULTILINE)
    assert 'CMD ["serve"]' in DOCKERFILE


@pytest.mark.parametrize("name", ["tests", "benchmarks", "distribution"])
def test_nothing_of_the_workshop_is_in_the_wheel(name: str) -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert name not in packages["targets"]["wheel"]["packages"]
