"""The tree keeps the rules of the architecture, and the checker of the rules is able to fail."""

import subprocess
import sys
from pathlib import Path

import pytest
from architecture_rules import EDGES, FOR_ASSISTANTS, MAY_IMPORT, PEOPLE_ONLY, PRODUCT, violations

ROOT = Path(__file__).resolve().parents[1]

CLEAN = {
    "learning_core/__init__.py": '"""The core."""\n',
    "learning_core/errors.py": '"""Errors."""\n',
    "learning_core/library.py": '"""Library."""\nfrom learning_core.index import refresh\n',
    "learning_core/model/__init__.py": '"""Model."""\n',
    "learning_core/model/job.py": '"""Job."""\nfrom learning_core.errors import WhatworksError\n',
    "learning_core/stats/__init__.py": '"""Stats."""\n',
    "learning_core/stats/rates.py": '"""Rates."""\nfrom learning_core.model.job import JobRecord\n',
    "learning_core/index/__init__.py": '"""Index."""\n',
    "learning_core/index/refresh.py": '"""Refresh."""\nfrom ..model import job\nfrom . import schema\n',
    "learning_core/index/schema.py": '"""Schema."""\nimport sqlite3\n',
    "learning_core/answers/__init__.py": '"""Answers."""\n',
    "learning_core/answers/trends.py": '"""Trends."""\nfrom learning_core.stats.rates import rate\n',
    "learning_core/text/__init__.py": '"""Text."""\n',
    "learning_core/text/embed.py": '"""Embed."""\ndef load():\n    import torch\n    return torch\n',
    "server/__init__.py": '"""Server."""\n',
    "server/clock.py": '"""Clock."""\nimport time\n',
    "server/mcp/__init__.py": '"""MCP."""\n',
    "server/mcp/app.py": '"""App."""\nimport server.clock\nfrom learning_core.library import L\n',
    "server/demo/__init__.py": '"""Demo."""\n',
    "server/demo/tour.py": '"""Tour."""\nfrom learning_core.library import Library\n',
    "server/runners/__init__.py": '"""Runners."""\nimport httpx2\n',
    "server/runners/calls.py": '"""Calls."""\nfrom httpx2 import Client\n',
    "server/cli/__init__.py": '"""CLI."""\n',
    "server/cli/main.py": '"""Main."""\nfrom server.mcp.app import build\nfrom server.demo import tour\n',
    "server/cli/group.py": '"""Group."""\nimport importlib\nx = importlib.import_module(y)\n',
    "server/cli/serve.py": '"""Serve."""\nfrom server.mcp.app import build\n',
    "server/cli/review.py": '"""Review."""\ndef f():\n    from server.review import session\n',
    "server/cli/draft.py": '"""Draft."""\nfrom learning_core.drafts import view\n',
    "server/review/__init__.py": '"""Review."""\n',
    "server/review/session.py": '"""Session."""\nfrom learning_core.deciding import apply\n',
    "learning_core/drafts/__init__.py": '"""Drafts."""\n',
    "learning_core/drafts/view.py": '"""View."""\nimport learning_core.library\n',
    "learning_core/deciding/__init__.py": '"""Deciding."""\n',
    "learning_core/deciding/apply.py": '"""Apply."""\nfrom learning_core.drafts import view\n',
    "prompts/__init__.py": '"""Prompts."""\n',
}

PLANTED = [
    ("learning_core/answers/trends.py", "from server.mcp import app", "learning_core may not import server"),
    ("learning_core/stats/rates.py", "def f():\n    import server", "learning_core may not import server"),
    ("learning_core/stats/rates.py", "import learning_core.index.schema", "stats may not import index"),
    ("learning_core/stats/rates.py", "from ..answers.trends import x", "stats may not import answers"),
    ("learning_core/stats/__init__.py", "from ..index import schema", "stats may not import index"),
    ("learning_core/stats/rates.py", "from learning_core import index", "stats may not import index"),
    ("learning_core/stats/rates.py", "from .. import answers", "stats may not import answers"),
    ("learning_core/model/job.py", "from learning_core.text import embed", "model may not import text"),
    (
        "learning_core/index/schema.py",
        "from learning_core.library import Library",
        "index may not import library",
    ),
    (
        "learning_core/answers/trends.py",
        "from learning_core.library import x",
        "answers may not import library",
    ),
    ("learning_core/surprise.py", "import learning_core.errors", "has no place in the table of layers"),
    ("learning_core/index/schema.py", "import mcp.types", "imports mcp.types, which the core may not"),
    ("learning_core/index/schema.py", "from urllib import request", "imports urllib.request, which"),
    ("learning_core/index/schema.py", "import random as r", "imports random, which the core may not"),
    (
        "learning_core/index/schema.py",
        "from time import monotonic",
        "imports time.monotonic, which the core",
    ),
    ("learning_core/index/schema.py", "import subprocess", "imports subprocess, which the core may not"),
    ("learning_core/index/schema.py", "import tests.fixtures", "is not part of the product"),
    ("learning_core/index/schema.py", "x = print('x')", "calls print, which the core may not"),
    ("learning_core/index/schema.py", "x = datetime.now(UTC)", "calls now, which the core may not"),
    ("learning_core/index/schema.py", "x = uuid.uuid4()", "calls uuid4, which the core may not"),
    ("learning_core/index/schema.py", "x = os.environ['HOME']", "reads the environment"),
    ("learning_core/index/schema.py", "x = importlib.import_module(y)", "imports by a computed name"),
    ("learning_core/text/embed.py", "import torch.nn", "imports torch.nn outside a function"),
    ("learning_core/text/embed.py", "if x:\n    from sentence_transformers import y", "outside a function"),
    ("server/clock.py", "from torch import nn", "imports torch.nn outside a function"),
    ("server/clock.py", "import pickle", "imports pickle, which nothing here may"),
    ("server/clock.py", "x = eval('1')", "calls eval, which nothing here may"),
    ("server/clock.py", "def f():\n    exec('1')", "calls exec, which nothing here may"),
    ("server/clock.py", "from server.mcp import app", "server.clock may not import server.mcp"),
    ("server/mcp/app.py", "from server.cli.main import main", "server.mcp may not import server.cli"),
    ("server/mcp/app.py", "from ..demo import tour", "server.mcp may not import server.demo"),
    ("server/mcp/app.py", "from server.runners import calls", "server.mcp may not import server.runners"),
    ("server/mcp/app.py", "def f():\n    import server.runners.calls", "server.mcp may not import server.runners"),
    ("server/mcp/app.py", "import httpx2", "imports httpx2, which only server.runners may"),
    ("server/clock.py", "from urllib import request", "imports urllib.request, which only server.runners may"),
    ("server/clock.py", "from server.runners import calls", "server.clock may not import server.runners"),
    ("server/cli/main.py", "import socket", "imports socket, which only server.runners may"),
    ("server/demo/tour.py", "import server.cli.main", "server.demo may not import server.cli"),
    ("learning_core/drafts/view.py", "import learning_core.deciding.apply", "drafts may not import deciding"),
    ("server/clock.py", "import importlib\nx = importlib.import_module('a' + y)", "imports by a computed name"),
    ("server/clock.py", "try:\n    pass\nexcept Exception:\n    pass", "catches everything"),
    ("server/clock.py", "try:\n    pass\nexcept (OSError, BaseException):\n    x = 1", "catches everything"),
    ("server/clock.py", "try:\n    pass\nexcept:\n    pass", "catches everything"),
]

ALLOWED = [
    ("server/clock.py", "try:\n    pass\nexcept BaseException:\n    x = 1\n    raise"),
    ("server/cli/ending.py", "try:\n    pass\nexcept Exception:\n    pass"),
    ("learning_core/index/schema.py", "from time import sleep"),
    ("learning_core/hook.py", "x = os.environ['WHATWORKS_LIBRARY']"),
    ("learning_core/index/schema.py", "from learning_core import errors\nx = datetime.fromtimestamp(0)"),
]


REACHING = [
    ("server/mcp/app.py", "from learning_core.deciding import apply"),
    ("server/mcp/app.py", "def f():\n    import learning_core.deciding.apply as a\n    return a"),
    ("server/mcp/app.py", "if x:\n    from server.cli.review import f"),
    ("server/clock.py", "def f():\n    from server.review.session import run"),
    ("server/clock.py", "from .cli import draft\ndef f():\n    from learning_core import deciding"),
    ("server/__init__.py", "from learning_core.deciding.apply import x"),
    ("server/cli/__init__.py", "from server.review import session"),
    ("server/cli/serve.py", "from server.cli import review"),
]
"""Ways from what serves an assistant to what decides, all through modules that it does import."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in CLEAN.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def add(tree: Path, name: str, text: str) -> None:
    path = tree / name
    before = path.read_text(encoding="utf-8") if path.exists() else '"""New."""\n'
    path.write_text(f"{before}{text}\n", encoding="utf-8")


def test_the_product_keeps_every_rule() -> None:
    assert violations(ROOT) == []


def test_the_table_of_layers_and_the_list_of_edges_name_what_exists() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for top in PRODUCT for path in (ROOT / top).rglob("*.py")
    }
    packages = {name.removesuffix(".__init__") for name in modules}
    assert {f"learning_core.{layer}" for layer in MAY_IMPORT if layer} <= packages
    assert packages >= {*EDGES, *PEOPLE_ONLY, *FOR_ASSISTANTS}


def test_a_clean_tree_has_no_violations(tree: Path) -> None:
    assert violations(tree) == []


@pytest.mark.parametrize(("name", "text", "named"), PLANTED)
def test_a_planted_violation_is_named_with_its_file(tree: Path, name: str, text: str, named: str) -> None:
    add(tree, name, text)
    (found,) = violations(tree)
    assert found.startswith(f"{name}:")
    assert named in found


@pytest.mark.parametrize(("name", "text"), REACHING)
def test_a_way_from_an_assistant_to_what_decides_is_named_step_by_step(tree: Path, name: str, text: str) -> None:
    add(tree, name, text)
    found = [each for each in violations(tree) if "which is for people only" in each]
    assert found
    assert all(each.startswith(("server/mcp/", "server/cli/serve.py")) for each in found)
    assert " imports " in found[0]


def test_what_serves_an_assistant_works_where_what_decides_cannot_be_loaded() -> None:
    program = (
        "import importlib, pkgutil, sys\n"
        f"for name in {PEOPLE_ONLY!r}: sys.modules[name] = None\n"
        "import server.mcp\n"
        "for each in pkgutil.walk_packages(server.mcp.__path__, 'server.mcp.'): importlib.import_module(each.name)\n"
        "import server.cli.serve"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.parametrize(("name", "text"), ALLOWED)
def test_what_the_rules_allow_is_not_reported(tree: Path, name: str, text: str) -> None:
    add(tree, name, text)
    assert violations(tree) == []


def test_a_module_without_a_docstring_is_named(tree: Path) -> None:
    (tree / "server" / "bare.py").write_text("x = 1\n", encoding="utf-8")
    assert violations(tree) == ["server/bare.py:1: has no docstring"]


def test_all_violations_are_named_at_once(tree: Path) -> None:
    for name, text in (planted[:2] for planted in PLANTED):
        add(tree, name, text)
    assert len(violations(tree)) == len(PLANTED)


@pytest.mark.parametrize("module", ["learning_core", "server.mcp.app", "server.cli.main"])
def test_what_starts_a_process_does_not_load_heavy_libraries(module: str) -> None:
    heavy = ("numpy", "PIL", "jinja2", "scipy", "pandas", "duckdb", "torch", "server.runners")
    program = f"import sys, {module}\nprint(*(name for name in {heavy!r} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
