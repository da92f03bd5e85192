"""Each floor imports the floors below it, never its neighbours nor what is above."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    {"errors", "text", "collation", "charts", "graphs", "citing", "prepared"},
    {"models", "markup", "formats"},
    {"notices"},
    {"log"},
    {"revisions", "checking", "duplicates", "search", "linking", "publishing", "past", "hierarchy"},
    {"discussion"},
    {"workflow"},
    {
        "importing",
        "merging",
        "exporting",
        "tagging",
        "tokens",
        "planning",
        "bulk",
        "judging",
        "people",
        "review_links",
        "sheets",
        "answers",
        "wanted",
    },
    {"forms", "templatetags", "web"},
    {"views", "admin", "api", "management", "apps", "doors"},
    {"urls"},
    {"glossary_site"},
]
FLOOR_BY_ROOM = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# Crafts that stand on another craft: a document is made of rendered text; links hang on the version.
NEIGHBOURS = {
    ("collation", "text"): "what a language puts in order is the name as it is compared",
    ("linking", "publishing"): "links are kept for as long as the content version stands",
    ("search", "publishing"): "what is counted is kept for as long as the content version stands",
    ("checking", "publishing"): "what to write instead of a deprecated name is what readers are told",
    ("formats", "markup"): "files of plain text say what a Markdown definition says, formulas and all",
}
# The one exception upwards is Django's: an application connects its signal when it is ready.


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[0] if parts[0] == "glossary_site" else Path(parts[1]).stem


def imported_rooms(path: Path):
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            full = base + (node.module.split(".") if node.module else [])
            yield from ([*full, alias.name] for alias in node.names)


def source_files():
    """Return our own files; what `makemigrations` writes is not ours."""
    files = [*ROOT.glob("terms/**/*.py"), *ROOT.glob("glossary_site/*.py")]
    return [path for path in files if "migrations" not in path.parts]


def arrows():
    for path in sorted(source_files()):
        here = room_of(path)
        for parts in imported_rooms(path):
            there = parts[1] if parts[0] == "terms" and len(parts) > 1 else parts[0]
            if there in FLOOR_BY_ROOM and parts[0] in {"terms", "glossary_site"} and there != here:
                yield path.relative_to(ROOT), here, there


def test_every_file_has_a_floor():
    rooms = {room_of(path) for path in source_files()} - {"__init__"}

    assert rooms <= set(FLOOR_BY_ROOM), rooms - set(FLOOR_BY_ROOM)


def test_imports_run_down():
    wrong = [
        f"{path}: {here} imports {there}"
        for path, here, there in arrows()
        if FLOOR_BY_ROOM[there] >= FLOOR_BY_ROOM[here] and (here, there) not in NEIGHBOURS
    ]

    assert wrong == []


def test_the_check_sees_arrows():
    found = {(here, there) for _, here, there in arrows()}

    assert {("workflow", "search"), ("views", "linking"), ("importing", "workflow")} <= found
