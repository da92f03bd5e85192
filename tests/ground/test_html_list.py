import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import html_list
from terms.formats.record import (
    AliasRecord,
    ExternalIdRecord,
    RelationRecord,
    RowProblem,
    TermRecord,
)


def page(body, head=""):
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def items_of(body, **given):
    return list(html_list.read(body if isinstance(body, bytes) else page(body), **given))


def records_of(body, **given):
    return [item for item in items_of(body, **given) if isinstance(item, TermRecord)]


def problems_of(body, **given):
    return [item for item in items_of(body, **given) if isinstance(item, RowProblem)]


def one(body, **given):
    [record] = items_of(body, **given)
    return record


def pairs_of(body):
    return [(record.name, record.short_definition or record.definition) for record in records_of(body)]


SHIP = [("Keel", "Lowest timber."), ("Rib", "A frame.")]


# --- Lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "<dl><dt>Keel</dt><dd>Lowest timber.</dd><dt>Rib</dt><dd>A frame.</dd></dl>",
        "<DL><DT>Keel<DD>Lowest timber.<DT>Rib<DD>A frame.</DL>",
        "<dl><div><dt>Keel</dt><dd><p>Lowest timber.</p></dd></div>"
        "<div><dt>Rib:</dt><dd>A frame.</dd></div></dl>",
        '<dl class="glossary simple"><dt id="term-keel">Keel'
        '<a class="headerlink" href="#term-keel">¶</a></dt>'
        '<dd><p>Lowest timber.</p></dd><dt id="term-rib"><dfn>Rib</dfn> <a href="#term-rib">#</a></dt>'
        "<dd><p>A frame.</p></dd></dl>",
        '<div class="glosslist"><dl><dt><a id="K"></a><span class="glossterm">Keel</span></dt>'
        '<dd class="glossdef"><p>Lowest\n   timber.</p></dd><dt><span class="glossterm">Rib</span></dt>'
        "<dd><p>A frame.</p></dd></dl></div>",
        "<h2>K</h2><dl><dt>Keel<dd>Lowest timber.</dl>"
        "<h2>R – S</h2><section><dl><dt>Rib<dd>A frame.</dl></section>",
    ],
    ids=["plain", "old", "wrapped", "sphinx", "docbook", "letters"],
)
def test_each_way_to_write_a_list_gives_the_same_terms(body):
    assert pairs_of(body) == SHIP


def test_the_list_called_a_glossary_is_taken_however_small():
    facts = "<dl><dt>Size<dd>big<dt>Age<dd>old<dt>Cost<dd>high</dl>"
    body = f'{facts}<dl class="my-glossary"><dt>Keel<dd>Lowest timber.</dl>'

    [other] = problems_of(body)

    assert pairs_of(body) == SHIP[:1]
    assert "with 3 entries, was left out" in other.message and not other.fatal


def test_without_a_name_the_largest_list_is_taken():
    body = "<h2>About</h2><dl><dt>Size<dd>big</dl><dl><dt>Keel<dd>Lowest timber.<dt>Rib<dd>A frame.</dl>"

    assert pairs_of(body) == SHIP


def test_a_list_inside_a_definition_belongs_to_it():
    body = (
        "<dl><dt>Rib<dd><p>A frame:</p><dl><dt>upper<dd>at the deck<dt>lower<dd>at the keel</dl>all told</dl>"
    )

    assert (
        one(body).definition == "A frame:\n\n- **upper**: at the deck\n- **lower**: at the keel\n\nall told"
    )


def test_several_names_are_aliases():
    record = one(
        "<dl><dt>Global positioning system<dt>GPS<dt>satnav<br>sat nav"
        "<dt lang='de'>Satellitenortung<dd>Tells where.</dl>"
    )

    assert record.name == "Global positioning system"
    assert record.aliases == (
        AliasRecord("GPS", "acronym"),
        AliasRecord("satnav"),
        AliasRecord("sat nav"),
        AliasRecord("Satellitenortung", "translation", language="de"),
    )


@pytest.mark.parametrize(
    ("term", "aliases"),
    [
        ("Pod disruption budget (PDB)", (AliasRecord("PDB", "acronym"),)),
        ("PDB (pod disruption budget)", (AliasRecord("pod disruption budget", "full_form"),)),
        (
            '<abbr title="pod disruption budget">PDB</abbr>',
            (AliasRecord("pod disruption budget", "full_form"),),
        ),
        ("Rib (ship)", None),
        ("<ruby>Rib<rp>(</rp><rt>reading</rt><rp>)</rp></ruby>", None),
        ('Rib<sup><a href="#f1">1</a></sup><span class="classifier">R</span>', None),
    ],
)
def test_acronyms_are_told_from_other_additions(term, aliases):
    assert one(f"<dl><dt>{term}<dd>Tells how many.</dl>").aliases == aliases


def test_several_senses_are_numbered_and_flagged():
    record = one("<dl><dt>Bow<dd><p>The front.</p><p>Of a ship.</p><dd>A weapon.</dl>")

    assert record.definition == "1. The front.\n\n   Of a ship.\n2. A weapon."
    assert [flag.code for flag in record.flags] == ["several_senses"]


def test_a_name_without_a_text_is_flagged_and_a_text_without_a_name_is_told():
    items = items_of("<dl><dt>Keel</dt><dd></dd><dt><a id='x'></a></dt><dd>Lost.</dd></dl>")

    assert [flag.code for flag in items[0].flags] == ["definition_missing"]
    assert "no name" in items[1].message and items[1].fatal


# --- What points to other entries ----------------------------------------------------------------

SEE = """<dl>
<dt id="keel">Keel</dt><dd>Lowest timber.</dd>
<dt>Bottom timber</dt><dd>{}</dd>
</dl>"""


@pytest.mark.parametrize(
    "text",
    [
        "See Keel.",
        "See 'keel'",
        "<p>see <em>Keel</em></p>",
        '<p>See <a class="glosssee" href="ship.html#keel">the keel</a>.</p>',
        'Siehe <a href="#keel">Keel</a>.',
    ],
)
def test_an_entry_that_only_says_see_becomes_an_alias(text):
    record, note = items_of(SEE.format(text))

    assert record.aliases == (AliasRecord("Bottom timber"),)
    assert not note.fatal
    assert note.value == "Bottom timber" and "became an alias" in note.message


def test_see_what_is_not_there_stays_and_is_flagged():
    _, record = items_of(SEE.format("See Bilge keel."))

    assert record.short_definition == "See Bilge keel."
    assert [flag.code for flag in record.flags] == ["see_reference"]


def test_chains_of_see_end_at_the_last_and_circles_nowhere():
    body = "<dl><dt>a1<dd>See b1<dt>b1<dd>See c1<dt>c1<dd>The end.<dt>x1<dd>See y1<dt>y1<dd>See x1</dl>"

    records = records_of(body)

    assert [record.name for record in records] == ["c1", "x1", "y1"]
    assert [alias.text for alias in records[0].aliases] == ["a1", "b1"]


def test_see_also_becomes_relations_if_all_of_them_are_entries():
    body = """<dl><dt id="keel">Keel<dd><p>Lowest timber.</p>
    <p>See also <a class="glossseealso" href="#rib">ribs</a>.</p>
    <dt id="rib">Rib<dd>A frame. <p>See also: Keel, Mast.</p></dl>"""

    keel, rib = records_of(body)

    assert keel.relations == (RelationRecord("see_also", "Rib"),)
    assert (keel.short_definition, keel.relation_kinds) == ("Lowest timber.", ("see_also",))
    assert rib.relations is None
    assert rib.definition == "A frame.\n\nSee also: Keel, Mast."


def test_links_between_entries_are_links_to_terms():
    body = """<dl><dt id="k">Keel<dd>Holds all
    <a href="g.html#r"><em><a href="g.html#r">ribs</a></em></a> of <a href="#k">it</a>.
    <dt id="r">Rib<dd>Stands on the <i><a href="#k">keel</a></i>.</dl>"""

    keel, rib = records_of(body)

    assert keel.definition == "Holds all\n[[Rib|ribs]] of it."
    assert rib.definition == "Stands on the [[keel]]."


# --- Texts ---------------------------------------------------------------------------------------


def test_structure_is_kept_and_signs_are_not_taken_for_marks():
    record = one(
        "<dl><dt>Rib<dd><p>Costs $5 * 3 &lt;b&gt; <code>a|b</code>:</p>"
        "<ul><li>one</li><li><b>two</b></li></ul></dl>"
    )

    assert record.definition == "Costs \\$5 \\* 3 \\<b> `a|b`:\n\n- one\n- **two**"


def test_nothing_that_runs_or_is_fetched_comes_in():
    body = """<dl><dt>Rib<script>x()</script><dd onclick="x()">A
    <img src="https://t.example/p.png" alt="drawing" onerror="x()">
    <a href="javascript:x()">frame</a> <img src="local.png" alt="sketch"><iframe src="https://t.example"></iframe>
    <a href="more.html">more</a> <a href="https://example.org/rib">out</a><style>p {}</style></dl>"""

    record = one(body)

    assert record.name == "Rib"
    assert (
        record.definition
        == "A\n[drawing](https://t.example/p.png)\nframe sketch\nmore [out](https://example.org/rib)"
    )
    assert {flag.code for flag in record.flags} == {"relative_links", "images_left_out"}


def test_a_page_that_says_where_it_stands_keeps_its_links_and_gives_its_entries_addresses():
    body = '<dl><dt id="rib">Rib<dd>A <a href="more.html">frame</a>.</dl>'

    record = one(page(body, '<link rel="canonical" href="https://example.org/docs/glossary.html">'))

    assert record.definition == "A [frame](https://example.org/docs/more.html)."
    assert record.ref == "https://example.org/docs/glossary.html#rib"
    assert record.external_ids == (ExternalIdRecord("uri", record.ref),)


def test_entries_are_known_by_anchor_else_by_name():
    records = records_of(
        "<dl><dt id='k'>Keel<dd>x<dt><a name='r'></a>Rib<dd>y<dt>Mast<dd>z<dt>Mast<dd>z</dl>"
    )

    assert [record.ref for record in records] == ["html:k", "html:r", "html:Mast", "html:Mast#2"]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "windows-1251"),
        ('<meta charset="Shift_JIS">', "shift_jis"),
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="utf-8">', "cp1252"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
    ],
)
def test_the_encoding_of_a_page_is_found(head, encoding):
    name = {"windows-1251": "Киль", "shift_jis": "竜骨"}.get(encoding, "Zähler")

    record = one(page(f"<dl><dt>{name}<dd>Lowest timber.</dl>", head).decode().encode(encoding))

    assert record.name == name


# --- Tables --------------------------------------------------------------------------------------


def test_a_table_with_a_heading_for_names_is_read_like_a_table():
    body = """<table><tr><th>Menu<th>Home</table>
    <table><thead><tr><th>Term</th><th>Definition</th><th>Synonyms</th></tr></thead><tbody>
    <tr><td><b>Keel</b></td><td><p>The <em>lowest</em> timber.</p></td><td>bottom timber</td></tr>
    <tr><td>Rib</td><td>A frame.</td><td></td></tr></tbody></table>"""

    keel, rib = records_of(body)

    assert (keel.name, keel.definition) == ("Keel", "The *lowest* timber.")
    assert keel.aliases == (AliasRecord("bottom timber"),)
    assert (rib.name, rib.short_definition) == ("Rib", "A frame.")


def test_tables_under_letters_are_one():
    table = "<h3>{}</h3><table><tr><th>Term<th>Meaning<tr><td>{}<td>{}</table>"

    assert pairs_of(table.format("K", *SHIP[0]) + table.format("R", *SHIP[1])) == SHIP


# --- Recognised and refused ----------------------------------------------------------------------


def test_pages_are_recognised_by_what_is_in_them():
    list_page = page("<dl><dt>Keel<dd>Lowest timber.</dl>")

    assert formats.recognise(list_page, "upload.bin") == "html"
    assert html_list.looks_like(list_page) > html_list.looks_like(page("<p>No list.</p>")) > 0
    assert html_list.looks_like(b"# Keel\n\n<dl><dt>x</dt></dl>") == 0.0
    assert html_list.looks_like(b"<?xml version='1.0'?><tbx/>") == 0.0
    assert html_list.looks_like(b"\xff\xfe\x00") == 0.0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (page("<p>Keel: lowest timber.</p>"), "no definition list"),
        (page("<dl></dl><dl><dd>Text.</dl>"), "no definition list"),
        (b"   ", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
        (page("<dl><dt>a<dd>" + "<div>" * 5_000), "nested too deeply"),
        (page("<dl><dt>a<dd>" + "x" * 11_000_000), "too long"),
        (page("<dl>" + "<dt>a" * 1_000_001), "more than 1,000,000 tags"),
        (b"<html><dl><dt>a\x00b</dt></dl>", "NUL"),
    ],
)
def test_pages_that_cannot_be_read_are_refused_with_what_to_do(data, message):
    with pytest.raises(UnreadableFile, match=message):
        items_of(data)


def test_what_is_too_long_for_a_term_is_told():
    body = f"<dl><dt>{'x' * 201}<dd>a<dt>Rib<dd>{'word ' * 40_100}</dl>"

    assert [
        "name is longer" in problems_of(body)[0].message,
        "definition is longer" in problems_of(body)[1].message,
    ] == [
        True,
        True,
    ]


TAGS = [
    "dl",
    "dt",
    "dd",
    "div",
    "p",
    "table",
    "tr",
    "th",
    "td",
    "br",
    "em",
    "ul",
    "li",
    "h2",
    "a",
    "abbr",
    "img",
]
PIECES = st.one_of(
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag}>"),
    st.sampled_from(
        ["<a href=#x>", "<a id=x>", "<abbr title=Keel>", "See", "Term", "&amp;", "&#0;", "<!--", "</"]
    ),
    st.text(max_size=5),
)


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=30))
def test_no_page_breaks_the_reader(pieces):
    try:
        items = items_of("<dl><dt>x" + " ".join(pieces).replace("\x00", ""))
    except UnreadableFile as refusal:
        items = []
        assert refusal.message
    assert all(item.name for item in items if isinstance(item, TermRecord))
