"""What a person installs: the wheel holds all that is needed, nothing else, and works where no checkout is."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("learning_core", "server", "prompts")
NO_NETWORK = ("No matching distribution found", "Could not find a version", "connection", "Temporary failure")
UNSHIPPED = {"__pycache__", ".DS_Store"}


def run(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--wheel-dir", folder, cwd=folder)
    said = built.stdout + built.stderr
    if built.returncode and "No module named pip" in said:
        pytest.skip("this environment has no pip to build a wheel with")
    if built.returncode and any(sign in said for sign in NO_NETWORK) and "CI" not in os.environ:
        pytest.skip("the build backend cannot be fetched: no package index is reachable")
    assert built.returncode == 0, said
    (path,) = folder.glob("whatworks-*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel itself and borrows only the libraries of this one."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    made = run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=environment.parent)
    assert made.returncode == 0, made.stderr
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    done = run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", wheel, cwd=environment.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    place = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=environment.parent)
    # A line of a .pth file adds one folder and does not read the .pth files in it, so no checkout comes along.
    (Path(place.stdout.strip()) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


def test_the_wheel_holds_every_file_of_the_three_packages(names: set[str]) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not UNSHIPPED & set(path.parts)
    }
    assert {name for name in names if ".dist-info/" not in name} == wanted


def test_the_wheel_holds_what_is_no_code(names: set[str]) -> None:
    assert {"learning_core/py.typed", "server/py.typed"} <= names
    assert any(name.startswith("prompts/") and name.endswith(".j2") for name in names)
    assert any(name.startswith("server/demo/samples/") and name.endswith(".png") for name in names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_metadata_names_command_licence_and_python(wheel: Path, names: set[str]) -> None:
    (folder,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    with zipfile.ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        commands = archive.read(f"{folder}/entry_points.txt").decode()
        licence = archive.read(f"{folder}/licenses/LICENSE")
    assert metadata["Name"] == "whatworks"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "whatworks = server.cli.main:main" in commands
    assert licence == (ROOT / "LICENSE").read_bytes()


def test_the_installed_command_tells_the_version_of_the_wheel(wheel: Path, installed: Path, tmp_path: Path) -> None:
    done = run(installed / "whatworks", "--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["whatworks", wheel.name.split("-")[1]]


def test_code_and_templates_are_found_where_they_were_installed(installed: Path, tmp_path: Path) -> None:
    program = (
        "from importlib.resources import files\n"
        "import learning_core, prompts, server, server.mcp.app\n"
        "print(learning_core.__file__, prompts.__file__, server.__file__, sep='\\n')\n"
        "def walk(folder):\n"
        "    for part in folder.iterdir():\n"
        "        yield from walk(part) if part.is_dir() else [part.name]\n"
        "print(*sorted(name for name in walk(files('prompts')) if name.endswith('.j2')))\n"
    )
    done = run(installed / "python", "-P", "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    *places, templates = done.stdout.splitlines()
    assert all(Path(place).is_relative_to(installed.parent) for place in places)
    assert templates.split() == sorted(path.name for path in (ROOT / "prompts").rglob("*.j2"))


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WHATWORKS"))}
    done = run(installed / "whatworks", "demo", cwd=tmp_path, environment=kept)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "beach" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_readme_and_the_ci_script_give_the_same_test_command() -> None:
    command = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest"
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == command
