"""The floors: a module imports only from below its own, and each dangerous thing is done in one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "edge_brain"
FLOORS = (
    {"errors", "records", "outcomes", "replica", "clock", "naming", "units"},
    {
        "board",
        "config",
        "extras",
        "exif",
        "files",
        "images",
        "region",
        "weight",
        "quality",
        "views",
        "runtime",
        "labels",
        "coded",
        "own",
        "backups",
        "ballast",
        "head",
        "reserve",
        "roll",
        "scenes",
        "smoothing",
        "plain",
    },
    {
        "capture",
        "database",
        "schema",
        "extractor",
        "lessons",
        "sightings",
        "learner",
        "neighbours",
        "suspects",
        "curve",
        "drift",
    },
    {"store", "exposure", "score", "devices", "evidence", "worth", "advice", "story", "release"},
    {"memory", "abridged", "chronicle", "closer", "salvager", "watching", "production"},
    {"brain"},
    {"exchange", "estimator", "doctor", "repair", "report", "field", "tagging", "sync", "fleet", "mqtt", "bench"},
    {"service", "web"},
    {"cli"},
    {"__main__"},
)
NEIGHBOURS = {  # who needs whom on one floor
    ("advice", "evidence"),
    ("advice", "score"),
    ("backups", "files"),
    ("ballast", "files"),
    ("devices", "score"),
    ("fleet", "sync"),
    ("images", "exif"),
    ("images", "weight"),
    ("learner", "lessons"),
    ("learner", "sightings"),
    ("outcomes", "records"),
    ("quality", "images"),
    ("replica", "records"),
    ("scenes", "reserve"),
    ("schema", "database"),
    ("tagging", "field"),
    ("views", "region"),
    ("web", "service"),
}
ARITHMETIC = {
    "head", "views", "reserve", "roll", "scenes", "lessons", "sightings", "learner", "labels", "score", "advice",
    "region", "weight", "quality", "smoothing", "field.bursts", "field.twins", "curve", "drift", "suspects", "evidence",
    "neighbours", "worth", "story", "report.mistakes", "devices", "abridged",
}  # fmt: skip
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def name_of(path: Path) -> str:
    """Return the dotted name inside the package: store.ledger, cli, brain."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Yield all that a module imports, inside functions too, by absolute dotted names."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> Iterator[str]:
    """Yield the parts of the package that a module imports: "store" for edge_brain.store.ledger.Ledger."""
    parts = {name_of(module).split(".")[0] for module in MODULES}
    for name in imported(path):
        if name.split(".")[0] == "edge_brain":
            part = name.split(".")[1] if "." in name else "edge_brain"
            yield part if part in parts else "edge_brain"


def test_every_module_has_its_floor() -> None:
    assert {name_of(path).split(".")[0] for path in MODULES} == set(FLOOR_OF)


@pytest.mark.parametrize("path", MODULES, ids=map(name_of, MODULES))
def test_a_module_imports_only_from_lower_floors(path: Path) -> None:
    own = name_of(path).split(".")[0]
    for part in ours(path):
        if part == "edge_brain":
            continue  # __version__
        lower = FLOOR_OF[part] < FLOOR_OF[own] or (own, part) in NEIGHBOURS
        assert part == own or lower, f"{name_of(path)} imports {part}"


def test_neighbours_are_on_one_floor_and_do_not_lean_on_each_other() -> None:
    for one, other in NEIGHBOURS:
        assert FLOOR_OF[one] == FLOOR_OF[other]
        assert (other, one) not in NEIGHBOURS
        assert any(other in ours(path) for path in MODULES if name_of(path).split(".")[0] == one), (
            "else it need not be listed"
        )


def test_the_walk_sees_imports_inside_functions() -> None:
    assert "brain" in set(ours(PACKAGE / "cli" / "common.py"))
    assert "cv2" in set(imported(PACKAGE / "images.py"))


# ── each in one place ───────────────────────────────────────────────────────────────────────────

SQL = re.compile(r"\b(SELECT .* FROM|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA \w+)\b", re.S)


def texts(path: Path) -> Iterator[str]:
    """Yield the string literals of a module but its docstrings."""
    tree = tree_of(path)
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def calls(path: Path) -> Iterator[str]:
    """Yield the names of what a module calls: print, sys.exit, time.time."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def imports(*names: str) -> Callable[[Path], bool]:
    return lambda path: any(name == one or name.startswith(f"{one}.") for name in imported(path) for one in names)


def does(*names: str) -> Callable[[Path], bool]:
    return lambda path: any(call in names for call in calls(path))


# what is done: (how to see it, where it may be done, where it surely is done)
PLACES: dict[str, tuple[Callable[[Path], bool], set[str], set[str]]] = {
    "SQL is written": (
        lambda path: any(SQL.search(text) for text in texts(path)),
        {"database", "schema", "store"},
        {"database", "schema", "store"},
    ),
    "SQLite is opened": (does("sqlite3.connect"), {"database"}, {"database"}),
    "SQLite's module is imported": (imports("sqlite3"), {"database", "store", "doctor"}, {"database"}),
    "OpenCV is imported": (imports("cv2"), {"images", "capture"}, {"images"}),
    "pictures are opened": (does("Image.open"), {"images"}, {"images"}),
    "an MQTT client is imported": (imports("paho"), {"mqtt"}, {"mqtt"}),
    "a TFLite runtime is imported": (
        lambda path: any("tflite_runtime" in text or "ai_edge_litert" in text for text in texts(path)),
        {"runtime"},
        {"runtime"},
    ),
    "time is read": (imports("time"), {"clock"}, {"clock"}),
    "dates are read or shown": (imports("datetime"), {"exif", "cli", "report", "sync"}, {"exif"}),
    "now is asked for": (
        does("datetime.now", "datetime.datetime.now", "datetime.utcnow", "date.today"),
        set(),
        set(),
    ),
    "something is printed": (does("print", "click.echo", "sys.stdout.write"), {"cli"}, {"cli"}),
    "the process ends": (does("sys.exit", "exit", "quit", "os._exit"), {"cli"}, set()),
    "the environment is read": (
        lambda path: any("os.environ" in call or call == "os.getenv" for call in calls(path)),
        {"config"},
        {"config"},
    ),
    "chance is asked for": (imports("random", "secrets"), {"web", "sync"}, {"web"}),
}


@pytest.mark.parametrize(("seen", "allowed", "certain"), PLACES.values(), ids=PLACES)
def test_there_is_one_place_where(seen: Callable[[Path], bool], allowed: set[str], certain: set[str]) -> None:
    where = {name_of(path).split(".")[0] for path in [*MODULES, PACKAGE / "__init__.py"] if seen(path)}
    assert where - allowed == set()
    assert certain <= where, "else this test would not notice"


def test_devices_are_opened_in_two_modules_alone() -> None:
    opens = ("VideoCapture", "Picamera2")
    where = {name_of(path) for path in MODULES if any(call.split(".")[-1] in opens for call in calls(path))}
    assert where == {"capture.opencv", "capture.picamera"}


@pytest.mark.parametrize("path", MODULES, ids=map(name_of, MODULES))
def test_arithmetic_reads_and_writes_nothing(path: Path) -> None:
    if {name_of(path), name_of(path).split(".")[0]} & ARITHMETIC:
        assert not {"open", "os", "pathlib", "sqlite3", "time"} & {name.split(".")[0] for name in imported(path)}
        assert not {"open", "print"} & set(calls(path))


def test_importing_starts_nothing() -> None:
    """At a module's top level there is nothing but definitions, constants and imports."""
    definitions = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    for path in MODULES:
        if name_of(path).startswith(("cli", "__main__")):
            continue  # it puts its commands together; it runs them
        for node in tree_of(path).body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            types = isinstance(node, ast.If) and re.match("TYPE_CHECKING|sys.version_info", ast.unparse(node.test))
            assert docstring or types or isinstance(node, definitions), f"{name_of(path)}:{node.lineno}"
