import io
import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import GivenFile
from terms.formats.record import TermRecord

SAMPLES = Path(__file__).parent.parent / "samples"


def workbook():
    written = io.BytesIO()
    book = Workbook()
    for row in (["term", "definition"], ["Keel", "Lowest timber"], ["Rib", "Curved piece"]):
        book.active.append(row)
    book.save(written)
    return written.getvalue()


TERMS = [{"term": "Keel", "definition": "Lowest timber."}, {"term": "Rib", "definition": "Curved piece."}]
DEFINED = {
    "@context": "https://schema.org",
    "@type": "DefinedTermSet",
    "name": "Ships",
    "hasDefinedTerm": [{"@type": "DefinedTerm", "name": "Keel", "description": "Lowest timber."}],
}
OPENMETADATA = (
    "parent,name*,displayName,description,synonyms,relatedTerms,references,tags,reviewers,owner,"
    "glossaryStatus,color,iconURL,extension\n,keel,Keel,Lowest timber,,,,,,,Approved,,,\n"
)
DATAHUB = (
    "entity_type,name,description,definition,term_source,source_ref,source_url,ownership,parent_nodes,"
    "related_contains,related_inherits,domain_urn,domain_name,custom_properties\n"
    "glossaryTerm,Keel,Lowest timber,,INTERNAL,,,,,,,,,\n"
)
SKOS = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n# The words of ships\n"
    '<https://x.example/keel> a skos:Concept ; skos:prefLabel "Keel"@en .\n'
)
TBX = (
    '<?xml version="1.0"?><martif type="TBX"><text><body><termEntry id="c1"><langSet xml:lang="en"><tig>'
    "<term>Keel</term></tig></langSet></termEntry></body></text></martif>"
)
TBX_PARTS = (
    TBX[: TBX.index("<termEntry")],
    TBX[TBX.index("<termEntry") : TBX.index("</body>")].replace("Keel", "Größe"),
    TBX[TBX.index("</body>") :],
)
GLOSSARY_PAGE = "# Ship glossary\n\n## Keel\n\nLowest timber.\n\n## Rib\n\nCurved piece.\n"

# One file of each format as it is found outside, and how it is called there.
FILES = [
    ("csv", "terms.csv", b"term,definition\nKeel,Lowest timber\nRib,Curved piece\n"),
    ("csv", "own-columns.csv", (SAMPLES / "own-columns.csv").read_bytes()),
    ("csv", "terms.tsv", b"term\tdefinition\nKeel\tLowest timber\nRib\tCurved piece\n"),
    ("csv", "terms.txt", "\ufeffBegriff;Bedeutung\r\nKiel;Unterster Balken\r\n".encode("utf-16")),
    ("json", "terms.json", json.dumps(TERMS).encode()),
    ("json", "terms.jsonl", "\n".join(json.dumps(term) for term in TERMS).encode()),
    ("yaml", "terms.yaml", b"terms:\n- term: Keel\n  definition: Lowest.\n- term: Rib\n  definition: x\n"),
    ("schema-org", "terms.jsonld", json.dumps(DEFINED).encode()),
    ("openmetadata", "glossary.csv", OPENMETADATA.encode()),
    ("datahub-csv", "glossary.csv", DATAHUB.encode()),
    ("deepl", "en-de.tsv", b"source\ttarget\nkeel\tKiel\nrib\tSpant\nmast\tMast\n"),
    ("xlsx", "terms.xlsx", workbook()),
    ("document", "page.txt", (SAMPLES / "letter-page.txt").read_bytes()),
    ("document", "page.txt", (SAMPLES / "articles.txt").read_bytes()),
    ("markdown", "keel.md", b"---\ntitle: Keel\ntags: [hull]\n---\nLow.\n\n## Uses\n\nx\n\n## Kinds\n\ny\n"),
    ("markdown", "keel.md", b"---\ntitle: Keel\ntermbook: 1\n---\n\n## Keel\n\n**Lowest**: timber.\n"),
    ("markdown-document", "glossary.md", GLOSSARY_PAGE.encode()),
    ("markdown-document", "glossary.md", b"---\ntitle: Glossary\n---\n\n" + GLOSSARY_PAGE.encode()),
    ("markdown-document", "glossary.md", b"**Keel**: Lowest timber.\n\n**Rib**: Curved piece.\n"),
    ("markdown-document", "glossary.md", b"|Term|Definition|\n|---|---|\n|Keel|Lowest|\n|Rib|Curved|\n"),
    ("rst", "glossary.rst", b"Words\n=====\n\n.. glossary::\n\n   Keel\n      Low.\n\n   Rib\n      Bent.\n"),
    ("html", "glossary.html", b"<html><dl><dt>Keel</dt><dd>Low</dd><dt>Rib</dt><dd>Bent</dd></dl></html>"),
    ("tbx", "terms.tbx", TBX.encode()),
    ("skos", "terms.ttl", SKOS.encode()),
]  # fmt: skip
REGISTERED = [file for file in FILES if file[0] in formats.FORMATS]


def test_every_format_has_its_file_here():
    assert set(formats.FORMATS) <= {format_name for format_name, _, _ in FILES}


@pytest.mark.parametrize(
    ("format_name", "file_name", "data"), REGISTERED, ids=[f"{file[0]}-{file[1]}" for file in REGISTERED]
)
def test_each_file_is_recognised_by_its_name_and_without_one(format_name, file_name, data):
    assert formats.recognise(data, file_name) == format_name
    assert formats.recognise(data, "download") == format_name

    reading = formats.read([GivenFile(file_name, data)])

    assert any(isinstance(item, TermRecord) for item in reading.items)


@pytest.mark.parametrize(
    ("format_name", "begin", "line", "end"),
    [
        ("csv", "term,definition\n", "Kiel,Größter Balken\n", ""),
        ("json", "[", '{"term":"Kiel","definition":"Größter Balken"},', '{"term":"x"}]'),
        ("yaml", "terms:\n", "- term: Kiel\n  definition: Größter Balken\n", ""),
        ("markdown-document", "# Glossar\n\n", "## Kiel\n\nGrößter *Balken*\n\n", ""),
        ("rst", ".. glossary::\n\n", "   Kiel\n      Größter *Balken*\n\n", ""),
        ("html", "<html><dl>", "<dt>Kiel</dt><dd>Größter Balken</dd>", "</dl></html>"),
        ("tbx", *TBX_PARTS),
    ],
)  # fmt: skip
def test_large_files_are_recognised_by_their_beginning(format_name, begin, line, end):
    data = (begin + line * (formats.SAMPLE_SIZE // len(line) + 1) + end).encode()

    assert len(data) > formats.SAMPLE_SIZE
    assert formats.recognise(data, "download") == format_name


def test_formats_see_no_more_than_the_beginning(monkeypatch):
    seen = []

    class Probe:
        title = "a probe"
        file_endings = (".probe",)

        def looks_like(self, data):
            seen.append(data)
            return 1.0

    monkeypatch.setattr(formats, "FORMATS", {"probe": Probe()})

    for text in ("ä" * formats.SAMPLE_SIZE, "äß\n" * formats.SAMPLE_SIZE):
        formats.recognise(text.encode(), "x")
    formats.recognise(("ä" * formats.SAMPLE_SIZE).encode("utf-16"), "x")

    assert all(formats.SAMPLE_SIZE - 4 < len(data) <= formats.SAMPLE_SIZE for data in seen)
    assert seen[0].decode() and seen[1].decode().endswith("\n") and seen[2].decode("utf-16")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\t\n", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:x\nsize 1\n", "Git LFS"),
        (b"a\x00b" * 100, "NUL"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "NUL|cannot be decoded"),
        (b"\x81\x8d\x8f" * 100_000, "cannot be decoded"),
        (b"Dear reader,\n\nthis is a letter. It has no terms, no table, nothing.\n", "Known are: csv"),
        (b"a" * 1_000_000, "Known are"),
        (b"import os\n\n# what we do\nos.listdir()\n# and then\nos.getcwd()\n", "Known are"),
    ],
    ids=["nothing", "blank", "pointer", "nul", "picture", "bytes", "letter", "one line", "code"],
)
def test_what_is_no_known_format_is_refused_with_words(data, says):
    with pytest.raises(UnreadableFile, match=says):
        formats.recognise(data, "download")


@pytest.mark.parametrize(
    "sign", ['"', "[", "{", "<a>", ",", "x\n", "**a", "# a\n", "`", "| a ", "- ", "---\n", "&a ", "%"]
)
def test_endless_files_are_judged_by_their_beginning_too(sign):
    data = sign.encode() * 2_000_000

    try:
        assert formats.recognise(data, "download") in formats.FORMATS
    except UnreadableFile as error:
        assert error.message.endswith(".")
