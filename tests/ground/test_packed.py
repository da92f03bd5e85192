import io
import zipfile

import pytest

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import GivenFile, packed
from terms.formats.record import RelationRecord, RowProblem, TermRecord

KEEL = b"---\ntitle: Keel\nrelated: [rib]\n---\nThe lowest timber. It is long.\n"
RIB = b"---\ntitle: Rib\nid: rib\n---\nA curved piece. It is bent.\n"
LIST = b"term,definition\nMast,Upright\nYard,Across\n"


def zipped(members, method=zipfile.ZIP_DEFLATED):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as pack:
        for name, data in members.items():
            pack.writestr(name, data)
    return written.getvalue()


def read_zip(members):
    return formats.read([GivenFile("glossary.zip", zipped(members))])


def read_folder(members):
    return formats.read([GivenFile(name, data) for name, data in members.items()])


def found_in(reading):
    return [(item.path, item.name) for item in reading.items if isinstance(item, TermRecord)]


def problems_in(reading):
    return {item.path: item for item in reading.items if isinstance(item, RowProblem)}


@pytest.mark.parametrize("read_pack", [read_zip, read_folder])
def test_every_file_is_read_in_its_own_format(read_pack):
    reading = read_pack({"g/keel.md": KEEL, "g/list.csv": LIST, "g/rib.md": RIB})

    assert reading.format == "markdown, csv"
    assert found_in(reading) == [
        ("g/keel.md", "Keel"),
        ("g/list.csv", "Mast"),
        ("g/list.csv", "Yard"),
        ("g/rib.md", "Rib"),
    ]
    assert reading.items[0].relations == (RelationRecord("related", "Rib"),)


def test_single_file_is_read_as_it_is():
    reading = formats.read([GivenFile("list.csv", LIST)])

    assert reading.format == "csv"
    assert [(item.path, item.line) for item in reading.items] == [("", 2), ("", 3)]


def test_pack_can_be_read_in_a_named_format():
    reading = formats.read([GivenFile("g.zip", zipped({"a.txt": LIST, "b.txt": LIST}))], format_name="csv")

    assert (reading.format, len(reading.items)) == ("csv", 4)
    with pytest.raises(UnreadableFile, match="not a format"):
        formats.read([GivenFile("a.csv", LIST)], format_name="odt")


def test_refs_are_unique_over_all_files():
    reading = read_folder({"a.csv": LIST, "b.csv": LIST})

    assert [item.ref for item in reading.items] == ["Mast", "Yard", "Mast#2", "Yard#2"]


def test_targets_given_by_the_address_of_a_term_in_another_file_get_its_name():
    reading = read_folder(
        {
            "a.csv": b"term,definition,related\nMast,Upright,long-yard;Rib\n",
            "b.csv": b"term,slug,definition\nYard,long-yard,Across\n",
        }
    )

    assert reading.items[0].relations == (
        RelationRecord("related", "Yard"),
        RelationRecord("related", "Rib"),
    )


# --- What is left out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "data", "why"),
    [
        ("../keel.md", KEEL, "leads out of the pack"),
        ("a/../../keel.md", KEEL, "leads out of the pack"),
        ("/etc/keel.md", KEEL, "leads out of the pack"),
        ("C:/keel.md", KEEL, "leads out of the pack"),
        ("..\\keel.md", KEEL, "leads out of the pack"),
        (".git/keel.md", KEEL, "hidden"),
        ("__MACOSX/._keel.md", KEEL, "hidden"),
        ("a/inner.zip", zipped({"keel.md": KEEL}), "inside a pack"),
        ("a/picture.png", b"\x89PNG\r\n\x1a\n\x00\x00", "no format that is known"),
        ("a/letter.txt", b"Dear reader,\nthere is nothing here.\n", "no format that is known"),
        ("LICENSE", b"All rights reserved.\n", "about the collection"),
        ("docs/README.md", b"# Words\n\n## Use\n\nRead.\n\n## Install\n\nUnpack.\n", "about the collection"),
    ],
)
def test_what_is_no_term_is_left_out_and_told(path, data, why):
    reading = read_zip({path: data, "rib.md": RIB})

    assert [name for _, name in found_in(reading)] == ["Rib"]
    [problem] = problems_in(reading).values()
    assert why in problem.message
    assert (problem.path, problem.fatal) == (path.replace("\\", "/"), False)


def test_broken_file_costs_only_itself():
    reading = read_zip({"keel.md": b"---\ntitle: [Keel\n---\nx\n", "rib.md": RIB})

    assert found_in(reading) == [("rib.md", "Rib")]
    [problem] = problems_in(reading).values()
    assert (problem.path, problem.fatal) == ("keel.md", True)
    assert "Line 3: the YAML cannot be read" in problem.message


def test_readme_is_read_where_it_is_all_there_is():
    reading = read_zip({"README.md": b"# Glossary\n\n## Keel\n\nLowest.\n\n## Rib\n\nCurved.\n"})

    assert found_in(reading) == [("README.md", "Keel"), ("README.md", "Rib")]


def test_pack_without_terms_says_why():
    with pytest.raises(
        UnreadableFile, match=r"No terms were found in these 1 files. letter.txt: .*no format"
    ):
        read_zip({"letter.txt": b"Dear reader.\n"})
    with pytest.raises(UnreadableFile, match="No terms were found"):
        formats.read([])


def test_link_in_a_pack_is_left_out():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as pack:
        link = zipfile.ZipInfo("keel.md")
        link.external_attr = 0o120777 << 16
        pack.writestr(link, "/etc/passwd")
        pack.writestr("rib.md", RIB)

    reading = formats.read([GivenFile("g.zip", written.getvalue())])

    assert "link" in problems_in(reading)["keel.md"].message


# --- Hostile packs -------------------------------------------------------------------------------


def with_flag(data, flag):
    """Return a zip file whose members claim a flag, in both of their headers."""
    changed = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + place] |= flag
            at = changed.find(mark, at + 4)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zipped({"a.csv": LIST})[:-10], "broken"),
        (b"PK\x03\x04" + b"x" * 100, "broken"),
        (zipped({"a.csv": b"term,definition\n" + b"a,b\n" * 2_000_000}), "so tightly that it cannot be text"),
        (zipped({f"{number}": b"" for number in range(packed.MOST_MEMBERS + 1)}), "more than 20,000 files"),
        (with_flag(zipped({"a.csv": LIST}), 1), "encrypted"),
        (zipped({"a.csv": LIST}, zipfile.ZIP_LZMA), "method that is not read"),
    ],
    ids=["cut", "rubbish", "bomb", "many", "encrypted", "method"],
)
def test_hostile_zip_is_refused_with_words(data, says):
    with pytest.raises(UnreadableFile, match=says):
        formats.read([GivenFile("glossary.zip", data)])


def test_damaged_member_is_told_and_the_others_are_read():
    data = bytearray(zipped({"a.csv": LIST, "rib.md": RIB}, zipfile.ZIP_STORED))
    data[data.find(b"Mast")] ^= 1

    reading = formats.read([GivenFile("glossary.zip", bytes(data))])

    assert "damaged" in problems_in(reading)["a.csv"].message
    assert found_in(reading) == [("rib.md", "Rib")]


def test_limits_hold_for_files_and_for_all_together(monkeypatch):
    monkeypatch.setattr(packed, "LARGEST_FILE", 1_000)
    monkeypatch.setattr(packed, "LARGEST_PACK", 3_000)
    large, some = b"term,definition\n" + b"a,b\n" * 300, b"term,definition\n" + b"a,b\n" * 200

    with pytest.raises(UnreadableFile, match="are allowed"):
        formats.read([GivenFile("a.csv", large)])
    assert "larger than" in problems_in(read_folder({"a.csv": large, "b.csv": LIST}))["a.csv"].message
    assert "larger than" in problems_in(read_zip({"a.csv": large, "b.csv": LIST}))["a.csv"].message
    for read_pack in (read_zip, read_folder):
        with pytest.raises(UnreadableFile, match="together"):
            read_pack({f"{number}.csv": some for number in range(4)})


def test_hundred_megabytes_on_one_line_are_refused_at_once():
    with pytest.raises(UnreadableFile, match="95 MB; 50 MB are allowed"):
        formats.read([GivenFile("terms.csv", b"a" * 100_000_000)])
