"""The rules of the architecture, read from the syntax trees: who may import whom, and what nobody does.

Data flows one way: importers and writers → log → index → stats → answers → server.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EVERYWHERE = {"errors", "limits", "ranges"}
"""Modules of the core that all of it may import."""

MAY_IMPORT = {
    "errors": set[str](),
    "limits": set[str](),
    "ranges": set[str](),
    "model": set[str](),
    "text": {"model"},
    "stats": {"model"},
    "log": {"model", "text"},
    "hook": {"model", "log"},
    "index": {"model", "text", "log"},
    "library": {"model", "log", "index", "hook"},
    "importers": {"model", "text", "log"},
    "importers.merge": {"model", "text", "log", "importers", "index"},
    "importers.run": {"model", "text", "log", "importers", "index", "library"},
    "matching": {"model", "text", "log", "index", "new_file"},
    "matching.embed": {"model", "text", "log", "index", "library", "matching"},
    "answers": {"model", "text", "stats", "index", "matching"},
    "judging": {"model", "text", "log", "index", "library"},
    "new_file": set[str](),
    "audit": {"log", "new_file"},
    "archive": {"log", "library", "audit", "new_file"},
    "exports": {"text", "index", "answers"},
    "exports.export": {"exports", "library", "audit", "new_file"},
    "health": {"text", "log", "index", "library", "answers", "audit", "new_file"},
    "": {"model", "log", "hook", "library"},
}
"""What each part of learning_core may import of it besides itself; the longest name that fits counts."""

SERVER_PARTS = {"mcp": set[str](), "demo": set[str](), "cli": {"mcp", "demo"}}
"""Parts of `server` and the other parts that each may import; all else in it is shared and imports none."""

PRODUCT = ("learning_core", "server", "prompts")
NOT_PRODUCT = {"tests", "benchmarks"}
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "yaml"}
NEVER_CALLED = {"eval", "exec", "__import__"}
NOT_IN_CORE = {
    "mcp", "click", "jinja2", "anyio", "asyncio", "platformdirs", "starlette", "uvicorn", "httpx", "httpx2",
    "requests", "urllib.request", "http", "socket", "ssl", "subprocess", "multiprocessing", "random",
    "secrets", "time",
}  # fmt: skip
PURE = {"time.sleep"}
"""Of what the core may not import, names that tell it nothing."""

NOT_CALLED_IN_CORE = {"print", "input", "breakpoint"}
IMPURE = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "system", "popen", "getenv"}
"""Methods and functions that answer differently each time; whoever calls the core passes their results in."""

ENVIRONMENT_READERS = {"learning_core.hook"}
DYNAMIC_IMPORTERS = {"learning_core"}
ONLY_INSIDE_FUNCTIONS = {"torch", "sentence_transformers", "transformers"}
EDGES = {"server.cli.ending"}
"""Outermost modules, where an unexpected error may be caught, reported and ended."""


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file and its dotted name."""

    name: str
    path: str
    tree: ast.Module
    is_package: bool


def violations(root: Path) -> list[str]:
    """Return one sentence for each broken rule in the product under `root`, in the order of the files."""
    modules = [_parse(root, path) for top in PRODUCT for path in sorted((root / top).rglob("*.py"))]
    names = {module.name for module in modules}
    return [f"{module.path}:{problem}" for module in modules for problem in _problems(module, names)]


def _parse(root: Path, path: Path) -> Module:
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, relative.as_posix(), ast.parse(path.read_text(encoding="utf-8")), is_package)


def _problems(module: Module, names: set[str]) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield "1: has no docstring"
    outside = set(_outside_functions(module.tree))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target in _targets(node, module, names):
                found = _import_problems(module.name, target, outside=node in outside)
                yield from (f"{node.lineno}: {problem}" for problem in found)
        elif isinstance(node, ast.Call):
            yield from (f"{node.lineno}: {problem}" for problem in _call_problems(module.name, node.func))
        elif isinstance(node, ast.Attribute) and node.attr == "environ":
            if _in_core(module.name) and module.name not in ENVIRONMENT_READERS:
                yield f"{node.lineno}: reads the environment; settings are passed in"
        elif isinstance(node, ast.ExceptHandler) and _is_broad(node) and module.name not in EDGES:
            yield f"{node.lineno}: catches everything; only the edges do"


def _targets(node: ast.Import | ast.ImportFrom, module: Module, names: set[str]) -> list[str]:
    """Return the modules that a statement imports, relative ones spelled out."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = module.name.split(".")
        kept = package[: len(package) - node.level + module.is_package]
        base = ".".join([*kept, base] if base else kept)
    full_names = [f"{base}.{alias.name}" for alias in node.names]
    return [full if full in names or base.partition(".")[0] not in PRODUCT else base for full in full_names]


def _import_problems(name: str, target: str, *, outside: bool) -> Iterator[str]:
    top, _, below = target.partition(".")
    if _listed(target, NEVER_IMPORTED):
        yield f"imports {target}, which nothing here may"
    if top in NOT_PRODUCT:
        yield f"imports {target}, which is not part of the product"
    if outside and top in ONLY_INSIDE_FUNCTIONS:
        yield f"imports {target} outside a function"
    if _in_core(name):
        if top in ("server", "prompts"):
            yield f"learning_core may not import {top}"
        elif _listed(target, NOT_IN_CORE) and target not in PURE:
            yield f"imports {target}, which the core may not"
        elif top == "learning_core":
            yield from _layer_problems(name.partition(".")[2], below)
    elif name.startswith("server.") and top == "server":
        yield from _part_problems(name.split(".")[1], below.partition(".")[0])


def _listed(target: str, listed: set[str]) -> bool:
    parts = target.split(".")
    return any(".".join(parts[:length]) in listed for length in range(1, len(parts) + 1))


def _layer_problems(importer: str, target: str) -> Iterator[str]:
    layer = _layer(importer)
    if layer is None:
        yield f"learning_core.{importer} has no place in the table of layers"
        return
    part = target.partition(".")[0]
    if part and part not in MAY_IMPORT[layer] | EVERYWHERE | {layer}:
        yield f"{layer or 'learning_core'} may not import {part}"


def _layer(importer: str) -> str | None:
    if not importer:
        return ""
    parts = importer.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in MAY_IMPORT), None)


def _part_problems(part: str, target: str) -> Iterator[str]:
    allowed = SERVER_PARTS.get(part, set()) | {part}
    if part != "__main__" and target in SERVER_PARTS and target not in allowed:
        yield f"server.{part} may not import server.{target}"


def _call_problems(name: str, called: ast.expr) -> Iterator[str]:
    word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if isinstance(called, ast.Name) and word in NEVER_CALLED:
        yield f"calls {word}, which nothing here may"
    if not _in_core(name):
        return
    if isinstance(called, ast.Name) and word in NOT_CALLED_IN_CORE:
        yield f"calls {word}, which the core may not"
    if word in IMPURE:
        yield f"calls {word}, which the core may not; its result is passed in"
    if word == "import_module" and name not in DYNAMIC_IMPORTERS:
        yield "imports by a computed name, which no rule can follow"


def _in_core(name: str) -> bool:
    return name.partition(".")[0] == "learning_core"


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes every error and keeps it; one that cleans up and raises again does not."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(error, ast.Name) and error.id in ("Exception", "BaseException") for error in caught)


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _outside_functions(node)
