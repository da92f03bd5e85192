"""The documents say what the code does."""

import re
import tomllib
from pathlib import Path

from terms import exporting
from terms.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_stands_in_the_readme_and_the_other_way_round():
    source = (ROOT / "glossary_site" / "settings.py").read_text("utf-8")
    read = set(re.findall(r"\benv(?:_flag|_list|_number)?\(\s*\"([A-Z_]+)\"", source))

    documented = set(re.findall(r"^\| `TERMBOOK_([A-Z_]+)`", README, re.MULTILINE))

    assert documented == read


def test_every_dependency_has_a_line_in_the_decisions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    decisions = (ROOT / "docs" / "decisions.md").read_text("utf-8").split("## Choices")[0]

    missing = [name for name in (re.split(r"[\[<>=]", item)[0] for item in named) if name not in decisions]

    assert missing == []


def test_every_command_of_the_readme_exists():
    commands = {path.stem for path in (ROOT / "terms" / "management" / "commands").glob("[a-z]*.py")}
    named = set(re.findall(r"manage\.py ([a-z_]+)", README))

    assert named - commands <= {"migrate", "collectstatic", "help", "check", "createsuperuser", "db_worker"}


def test_no_lock_file_names_a_host():
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_every_format_stands_in_its_document():
    document = (ROOT / "docs" / "formats.md").read_text("utf-8")

    named = re.findall(r"^\| `([a-z-]+)` \|", document, re.MULTILINE)

    assert sorted(named) == sorted([*FORMATS, *exporting.FORMS])
