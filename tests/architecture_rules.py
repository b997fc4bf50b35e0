"""The rules of the architecture, read from the syntax trees: who may import whom, and what nobody does.

Data flows one way: importers and writers → log → index → stats → answers → server. What decides about drafts is out
of reach of what serves an assistant, also through other modules and from within functions.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

EVERYWHERE = {"errors", "limits", "ranges", "variables"}
"""Modules of the core that all of it may import."""

MAY_IMPORT = {
    "errors": set[str](),
    "limits": set[str](),
    "ranges": set[str](),
    "variables": set[str](),
    "model": set[str](),
    "text": {"model"},
    "stats": {"model"},
    "log": {"model", "text"},
    "modes": {"model", "new_file"},
    "hook": {"model", "log", "modes"},
    "index": {"model", "text", "log"},
    "library": {"model", "log", "index"},
    "importers": {"model", "text", "log"},
    "importers.merge": {"model", "text", "log", "importers", "index"},
    "importers.run": {"model", "text", "log", "importers", "index", "library", "plans"},
    "matching": {"model", "text", "log", "index", "new_file"},
    "matching.embed": {"model", "text", "log", "index", "library", "matching"},
    "answers": {"model", "text", "stats", "index", "matching"},
    "judging": {"model", "text", "log", "index", "library"},
    "new_file": set[str](),
    "profiles": {"model", "text", "new_file"},
    "plans": {"model", "text", "stats", "log", "index", "library", "matching", "answers", "new_file"},
    "recipes": {"model", "text", "plans"},
    "recipes.export": {"plans", "recipes", "exports", "new_file"},
    "recipes.own_workflow": {"model", "text", "plans", "recipes", "importers"},
    "recipes.input_image": {"plans", "recipes", "importers", "new_file"},
    "recipes.outputs": {"model", "plans", "importers", "library", "new_file"},
    "audit": {"log", "new_file"},
    "drafts": {"text", "log", "index", "library", "answers", "profiles", "plans", "audit", "new_file"},
    "deciding": {"library", "profiles", "audit", "new_file", "drafts"},
    "calls": {"log"},
    "archive": {"log", "library", "audit", "new_file", "drafts"},
    "exports": {"text", "index", "answers"},
    "exports.export": {"exports", "library", "audit", "new_file"},
    "health": {"text", "log", "index", "library", "answers", "audit", "new_file", "profiles", "drafts"},
    "": {"model", "log", "hook", "library"},
}
"""What each part of learning_core may import of it besides itself; the longest name that fits counts."""

SERVER_PARTS = {
    "mcp": set[str](),
    "demo": set[str](),
    "review": set[str](),
    "runners": set[str](),
    "cli": {"mcp", "demo", "review", "runners"},
}
"""Parts of `server` and the other parts that each may import; all else in it is shared and imports none."""

OPENS_CONNECTIONS = "server.runners"
"""The only part of the product that may call other programs over a network."""

CLIENTS = {
    "httpx", "httpx2", "requests", "urllib.request", "urllib3", "aiohttp", "http.client", "socket", "ssl",
    "websockets", "ftplib", "smtplib",
}  # fmt: skip
"""What opens connections of its own."""

LISTENS = {("server.mcp.http", "socket")}
"""Modules that wait to be called, with what they need for that."""

PRODUCT = ("learning_core", "server", "prompts")
NOT_PRODUCT = {"tests", "benchmarks", "distribution"}
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
PEOPLE_ONLY = ("learning_core.deciding", "server.review", "server.cli.review", "server.cli.undo")
"""Packages and modules that decide about drafts or write sidecars."""

FOR_ASSISTANTS = ("server.mcp", "server.cli.serve")
"""What runs for an assistant; it reaches nothing of PEOPLE_ONLY, whatever the modules in between."""

CHOOSES_A_COMMAND = "server.cli.group"
"""The one module of `server` that imports by a computed name: that of the command which a person typed."""

EDGES = {"server.cli.ending"}
"""Outermost modules, where an unexpected error may be caught, reported and ended."""


class Module(Struct, frozen=True):
    """One parsed file and its dotted name."""

    name: str
    path: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]
    is_package: bool


def violations(root: Path) -> list[str]:
    """Return one sentence for each broken rule in the product under `root`, in the order of the files."""
    modules = [_parse(root, path) for top in PRODUCT for path in sorted((root / top).rglob("*.py"))]
    names = {module.name for module in modules}
    found = [f"{module.path}:{problem}" for module in modules for problem in _problems(module, names)]
    return found + _reached(modules, names)


def _reached(modules: Sequence[Module], names: set[str]) -> list[str]:
    """Return a sentence for each module for assistants that reaches what is for people only, with the way there."""
    imports = {module.name: _imported(module, names) for module in modules}
    paths = {module.name: module.path for module in modules}
    found = []
    for start in sorted(name for name in names if _is_part(name, FOR_ASSISTANTS)):
        way = _way(start, imports)
        if way:
            found.append(f"{paths[start]}:1: reaches {way[-1]}, which is for people only: {' imports '.join(way)}")
    return found


def _imported(module: Module, names: set[str]) -> set[str]:
    """Return the modules of the product that one imports anywhere in it, with the packages that they load."""
    targets = {
        target
        for node in module.nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for target in _targets(node, module, names)
    }
    parts = [target.split(".") for target in (*targets, module.name)]
    loaded = {".".join(each[:length]) for each in parts for length in range(1, len(each) + 1)}
    return (loaded & names) - {module.name}


def _way(start: str, imports: Mapping[str, set[str]]) -> list[str]:
    """Return the shortest chain of imports from a module to one for people only; empty when there is none."""
    before: dict[str, str] = {}
    waiting = [start]
    for name in waiting:
        for inner in sorted(imports.get(name, set()) - before.keys() - {start}):
            before[inner] = name
            if _is_part(inner, PEOPLE_ONLY):
                way = [inner]
                while way[0] != start:
                    way.insert(0, before[way[0]])
                return way
            waiting.append(inner)
    return []


def _is_part(name: str, parts: Sequence[str]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def _parse(root: Path, path: Path) -> Module:
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return Module(name, relative.as_posix(), tree, tuple(ast.walk(tree)), is_package)


def _problems(module: Module, names: set[str]) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield "1: has no docstring"
    outside = set(_outside_functions(module.tree))
    for node in module.nodes:
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
    may_call = f"{name}.".startswith(f"{OPENS_CONNECTIONS}.") or (name, target) in LISTENS
    if _listed(target, CLIENTS) and not may_call and not _in_core(name):
        yield f"imports {target}, which only {OPENS_CONNECTIONS} may"
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
        if word == "import_module" and name != CHOOSES_A_COMMAND:
            yield "imports by a computed name, which no rule can follow"
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
