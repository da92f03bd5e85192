"""Forms, views, admin, API and commands call the rules; they write none of our tables."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FACES = [
    "forms.py",
    "web.py",
    "views",
    "templatetags",
    "admin",
    "doors.py",
    "api",
    "management",
    "urls.py",
    "apps.py",
]
WRITES = re.compile(r"\.(save|create|bulk_create|update|bulk_update|delete|get_or_create|update_or_create)\(")

# A line of a face that matches and is no write to our tables, with the reason.
EXEMPT = {
    ("terms/management/commands/build_starter.py", "get_user_model().objects.create_user("): "an account",
    ("terms/management/commands/build_starter.py", "fields.update("): "a dictionary",
}


def face_files():
    for face in FACES:
        path = ROOT / "terms" / face
        yield from sorted(path.glob("**/*.py")) if path.is_dir() else ([path] if path.exists() else [])


def written_lines(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if WRITES.search(line):
            yield number, line.strip()


def test_faces_never_write():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line}"
        for path in face_files()
        for number, line in written_lines(path)
        if not any(str(path.relative_to(ROOT)) == file and part in line for file, part in EXEMPT)
    ]

    assert found == []


def test_the_check_sees_writes():
    rooms = [ROOT / "terms" / "workflow" / "wishes.py", ROOT / "terms" / "importing" / "batches.py"]

    assert all(list(written_lines(path)) for path in rooms)


def test_only_search_writes_sql():
    allowed = {
        "terms/search/engines.py",
        "terms/migrations/0002_byte_order_on_postgresql.py",
        "terms/migrations/0015_slips_by_bytes.py",
        "terms/migrations/0016_order_by_language.py",
        # Sends what the ORM wrote.
        "terms/prepared.py",
    }
    raw = re.compile(r"connection\.cursor\(|\.raw\(|RawSQL|\.extra\(|schema_editor\.execute")
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("terms/**/*.py")
        if raw.search(path.read_text(encoding="utf-8"))
    }

    assert found <= allowed


def test_only_markup_marks_text_as_safe():
    marks = re.compile(r"mark_safe|SafeString\(|\|safe\b|autoescape off")
    places = [*ROOT.glob("terms/**/*.py"), *ROOT.glob("templates/**/*.html")]
    found = {str(p.relative_to(ROOT)) for p in places if marks.search(p.read_text(encoding="utf-8"))}

    # linking hands the stored HTML, which markup made, back to markup.
    assert found <= {
        "terms/markup/gate.py",
        "terms/markup/headings.py",
        "terms/markup/links.py",
        "terms/linking.py",
    }
