import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import GivenFile, markdown_files
from terms.formats.record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    LONGEST_DEFINITION,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    STATUSES,
    AliasRecord,
    ExternalIdRecord,
    Glossary,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

GLOSSARY = Glossary("Example glossary", "https://g.example/")


def record_of(text, file_name="keel.md"):
    data = text if isinstance(text, bytes) else text.encode()
    [record] = markdown_files.read(data, file_name=file_name)
    return record


def page(front_matter, body="A long piece of timber. It carries the ribs."):
    return f"---\n{front_matter}\n---\n{body}\n"


def items_of(files):
    given = [GivenFile(name, text.encode()) for name, text in files.items()]
    return list(markdown_files.read_together(given))


def records_of(files):
    return {item.name: item for item in items_of(files) if isinstance(item, TermRecord)}


def problems_of(files):
    return [item for item in items_of(files) if isinstance(item, RowProblem)]


def codes_of(record):
    return [flag.code for flag in record.flags]


# --- Front matter --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"---\ntitle: Keel\ntags: [hull]\n---\nLowest timber. It is long.\n",
        b"\n\n---\ntitle: Keel\ntags: [hull]\n---\nLowest timber. It is long.\n",
        b"---\r\ntitle: Keel\r\ntags:\r\n- hull\r\n---\r\n\r\nLowest timber. It is long.\r\n",
        b"\xef\xbb\xbf--- \ntitle: Keel\ntags: hull\n--- \nLowest timber. It is long.",
        b'---\nTitle: Keel\nCategory: hull\ntags: ["", ""]\n---\n\n Lowest timber. It is long.\n',
        "---\nशीर्षक: Keel\ntags: [hull]\n...\nLowest timber. It is long.\n".encode(),
        b"---\ntags: [hull]\n---\n# Keel\n\nLowest timber. It is long.\n",
    ],
)
def test_front_matter_is_read_however_it_is_written(data):
    record = record_of(data)

    assert (record.name, record.tags, record.definition) == ("Keel", ("hull",), "Lowest timber. It is long.")


def test_nothing_in_the_front_matter_becomes_a_date_a_number_or_a_truth_value():
    record = record_of(page("title: no\naka: [1.10, on, 2018-04-12]\ndate: 12:30"))

    assert record.name == "no"
    assert [alias.text for alias in record.aliases] == ["1.10", "on", "2018-04-12"]
    assert record.further == {"date": "12:30"}


def test_empty_keys_say_nothing():
    record = record_of(page("title: Keel\naka:\nfull_link:\nstatus:\nrelated: []"))

    assert (record.aliases, record.sources, record.status, record.relations) == (None, None, None, None)


def test_acronyms_are_told_apart_from_the_name():
    record = record_of(page("title: Rigid inflatable boat (RIB)\naka: [RIBs, dinghy]"))

    assert record.name == "Rigid inflatable boat"
    assert [(alias.text, alias.kind) for alias in record.aliases] == [
        ("RIB", "acronym"),
        ("RIBs", "acronym"),
        ("dinghy", "synonym"),
    ]


@pytest.mark.parametrize(
    ("front_matter", "status"),
    [
        ("status: Completed", "published"),
        ("Status: completed", "published"),
        ("status: [deprecated]", "deprecated"),
        ("draft: true", "draft"),
        ("draft: true\nstatus: Completed", "draft"),
        ("draft: false", None),
    ],
)
def test_status_is_read_in_the_words_of_each_site(front_matter, status):
    assert record_of(page(f"title: Keel\n{front_matter}")).status == status


def test_deprecated_draft_is_deprecated_and_flagged():
    record = record_of(page("title: Keel\nstatus: Deprecated\ndraft: true"))

    assert (record.status, codes_of(record)) == ("deprecated", ["status_unsure"])


def test_unknown_status_is_told_and_left_aside():
    problem, record = markdown_files.read(page("title: Keel\nstatus: afloat").encode(), file_name="keel.md")

    assert (problem.column, problem.value, problem.fatal) == ("status", "afloat", False)
    assert record.status is None


def test_what_has_no_place_is_kept_and_told():
    record = record_of(page("title: Keel\nweight: 5\ncolour: red\ncard: {name: x}"))

    assert record.further == {"weight": "5", "colour": "red", "card": {"name": "x"}}
    assert [flag.message for flag in record.flags] == ["These have no place here and were put aside: colour."]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"# Keel\n\nLowest timber.\n", "no front matter"),
        (b"---\ntitle: Keel\n", "no front matter"),
        (b"---\ntitle: [Keel\n---\n", "Line 3: the YAML cannot be read"),
        (b"---\ntitle: Keel\ntags:\n\t- hull\n---\n", "Line 4: a tab is used to indent"),
        (b"---\n- Keel\n---\n", "no list of keys"),
        (b"---\n" + b"[" * 50_000 + b"\n---\n", "nested more than"),
        (b"---\na: &a [x]\nb: &b [*a,*a]\ntitle: *c\n---\n", "stands for nothing"),
        (b"---\ntitle: Ke\x00el\n---\n", "NUL"),
    ],
)
def test_broken_front_matter_is_refused_with_its_line(data, says):
    with pytest.raises(UnreadableFile, match=says):
        list(markdown_files.read(data))


def test_bomb_of_aliases_is_refused_at_once():
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]

    with pytest.raises(UnreadableFile, match="too large"):
        list(markdown_files.read(page("\n".join(lines)).encode()))


def test_missing_title_and_lengths_over_the_limit_cost_the_row():
    files = {
        "a/1.md": page("tags: [hull]", "no heading"),
        "a/2.md": page(f"title: {'x' * 201}"),
        "a/3.md": page("title: Keel", "x" * (LONGEST_DEFINITION + 1)),
    }

    assert [(problem.path, problem.column, problem.fatal) for problem in problems_of(files)] == [
        ("a/1.md", "title", True),
        ("a/2.md", "title", True),
        ("a/3.md", "definition", True),
    ]


# --- Short text and long text --------------------------------------------------------------------


def test_summary_that_the_text_repeats_stands_only_once():
    record = record_of(
        page(
            "title: Keel\nshort_description: >\n  Lowest timber.", " Lowest\ntimber.\n\n<!--more--> \n\nMore."
        )
    )

    assert (record.short_definition, record.definition) == ("Lowest timber.", "More.")


def test_summary_that_says_something_else_stays_beside_the_text():
    record = record_of(page("title: Keel\nsummary: A timber of **oak**.", "Lowest timber. It is long."))

    assert record.short_definition == "A timber of oak."
    assert record.definition == "Lowest timber. It is long."


def test_summary_too_long_goes_into_the_definition_and_is_flagged():
    long = "It is the timber that " + "carries everything and " * 8 + "is long."

    repeated = record_of(page(f"title: Keel\nsummary: {long}", f"{long}\n\nMore."))
    other = record_of(page(f"title: Keel\nsummary: {long}", "More."))

    assert repeated.definition == other.definition == f"{long}\n\nMore."
    assert repeated.short_definition is None
    assert codes_of(repeated) == ["short_definition_too_long"]


def test_one_plain_sentence_is_a_short_definition():
    record = record_of(page("title: Keel", "The lowest timber of a ship."))

    assert (record.short_definition, record.definition) == ("The lowest timber of a ship.", None)


# --- What is no term -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file_name", "front_matter", "why"),
    [
        ("g/_index.md", "title: Ship glossary", "underscore"),
        ("g/_TEMPLATE.md", "title: Definition", "underscore"),
        ("g/index.md", "title: Standardized Glossary\nlayout: glossary", "layout “glossary”"),
        ("g/search.md", "title: Results\nlayout: search", "layout “search”"),
        ("g/index.md", "title: Glossary", "start page"),
        ("g/how.md", "title: How to\ntoc_hide: true", "site’s own"),
        ("g/glossary/index.md", "title: Glossary\npage-type: landing-page", "landing-page"),
    ],
)
def test_pages_of_the_site_are_left_out_and_told(file_name, front_matter, why):
    [problem] = problems_of({file_name: page(front_matter)})

    assert why in problem.message
    assert (problem.path, problem.fatal) == (file_name, False)


def test_page_in_a_folder_of_its_own_is_called_like_the_folder():
    assert records_of({"glossary/keel/index.md": page("title: Keel")})["Keel"].slug == "keel"


# --- Marks of other sites ------------------------------------------------------------------------


def test_tooltips_become_links_to_terms():
    files = {
        "g/keel.md": page(
            "title: Keel\nid: keel",
            'Below the {{< glossary_tooltip text="ribs" term_id="Rib" >}} and the '
            '{{< glossary_tooltip term_id="stern-post" >}}, not {{< glossary_tooltip text="this" >}}. '
            'As code: `{{< glossary_tooltip term_id="rib" >}}`.',
        ),
        "g/rib.md": page("title: Rib\nid: rib"),
    }

    assert records_of(files)["Keel"].definition == (
        "Below the [[Rib|ribs]] and the [[stern post]], not this. "
        'As code: `{{< glossary_tooltip term_id="rib" >}}`.'
    )


def test_notes_become_quotations_and_unknown_shortcodes_stay_and_are_flagged():
    record = record_of(
        page(
            "title: Keel",
            "One.\n\n{{< note >}}\nMind\n\nthe gap.\n{{< /note >}}\n\n{{% video 7 %}} {{< note >}}",
        )
    )

    assert record.definition == ("One.\n\n> **Note:** Mind\n>\n> the gap.\n\n{{% video 7 %}} {{< note >}}")
    assert codes_of(record) == ["unknown_shortcode"]
    assert "“{{% video 7 %}}”, “{{< note >}}”" in record.flags[0].message


def test_links_between_the_files_of_a_glossary_become_links_to_terms():
    body = (
        "The [ribs](/rib/), the [stern](../stern-post/), a [rib](rib.md#x), an [anchor](/anchor/) and "
        "[[rib|more ribs]]; [docs](/docs/ships/rib/) and [out](https://e.example/rib/)."
    )
    files = {
        "g/keel.md": page("title: Keel", body),
        "g/rib.md": page("title: Rib"),
        "g/stern-post.md": page("title: Sternpost (ship)"),
    }

    record = records_of(files)["Keel"]

    assert record.definition == (
        "The [[Rib|ribs]], the [[Sternpost (ship)|stern]], a [[rib]], an [[anchor]] and "
        "[[Rib|more ribs]]; [docs](/docs/ships/rib/) and [out](https://e.example/rib/)."
    )
    assert codes_of(record) == ["relative_link"]


def test_related_ids_become_the_names_of_the_terms():
    files = {
        "g/keel.md": page("title: Keel\nrelated:\n - rib\n - stern-post"),
        "g/rib.md": page("title: Ribs\nid: rib"),
    }

    assert records_of(files)["Keel"].relations == (
        RelationRecord("related", "Ribs"),
        RelationRecord("related", "stern post"),
    )


def test_macros_of_mdn_become_links_and_code():
    body = (
        "{{GlossarySidebar}}\n\nA **Keel** carries {{Glossary('Rib', 'ribs')}}, see "
        '{{domxref("Hull/keel", "")}}, {{HTTPStatus(404)}}, {{RFC(7231)}} and {{Unknown("x")}}.\n\n'
        "> [!NOTE]\n> Mind it.\n\n## See also\n\n- [Ships](https://ships.example/keel) at sea\n"
        '- Related glossary terms:\n  - {{Glossary("Rib")}}\n'
    )
    files = {
        "glossary/keel/index.md": page(
            "title: Keel\nslug: Glossary/Keel\npage-type: glossary-definition", body
        ),
        "glossary/keel/bulb/index.md": page(
            "title: Bulb keel\nslug: Glossary/Keel/Bulb\npage-type: glossary-definition"
        ),
    }

    keel, bulb = records_of(files).values()

    assert keel.definition == (
        'A **Keel** carries [[Rib|ribs]], see `Hull/keel`, 404, RFC 7231 and {{Unknown("x")}}.\n\n'
        "> **Note:**\n> Mind it."
    )
    assert keel.sources == (SourceRecord("Ships at sea", "https://ships.example/keel"),)
    assert keel.relations == (RelationRecord("see_also", "Rib"),)
    assert keel.external_ids == (ExternalIdRecord("mdn", "Glossary/Keel"),)
    assert codes_of(keel) == ["unknown_shortcode"]
    assert bulb.relations == (RelationRecord("broader", "Keel"),)


def test_sub_pages_of_mdn_are_told_apart_by_their_qualifier():
    files = {
        "a/index.md": page(
            "title: Block (CSS)\nslug: Glossary/Block/CSS",
            "{{Glossary('Block/Data', 'other')}}\n\n- a\n  - : b",
        ),
        "b/index.md": page("title: Block (data)\nslug: Glossary/Block/Data"),
    }

    records = [item for item in items_of(files) if isinstance(item, TermRecord)]

    assert [(record.name, record.qualifier) for record in records] == [("Block", "CSS"), ("Block", "data")]
    assert records[0].relations == (RelationRecord("broader", "Block"),)
    assert records[0].definition == "[[Block (data)|other]]\n\n- a\n  - b"


def test_text_in_html_becomes_markdown():
    body = (
        "<p>The <b>lowest</b> timber, <a href='https://k.example'>long</a>.</p>\n<ul>\n<li>of oak</li>\n</ul>"
    )

    assert record_of(page("title: Keel", body)).definition == (
        "The **lowest** timber, [long](https://k.example).\n\n- of oak"
    )


def test_section_that_says_more_than_links_stays_in_the_text():
    record = record_of(page("title: Keel", "One.\n\n## See also\n\n- [a](https://a.example)\n- and a word\n"))

    assert record.definition == "One.\n\n## See also\n\n- [a](https://a.example)\n- and a word"
    assert record.sources is None


def test_files_in_folders_of_languages_are_one_term():
    files = {
        "content/en/keel.md": page("title: Keel"),
        "content/en/rib.md": page("title: Rib"),
        "content/de/keel.md": page("title: Kiel", "Der unterste Balken."),
        "content/de/allein.md": page("title: Allein"),
        "content/pt-br/rib.md": page("title: Caverna"),
    }

    records = records_of(files)

    assert list(records) == ["Keel", "Rib"]
    assert records["Keel"].aliases == (AliasRecord("Kiel", "translation", language="de"),)
    assert records["Keel"].further == {"translations": {"de": "Der unterste Balken."}}
    assert records["Rib"].aliases == (AliasRecord("Caverna", "translation", language="pt-BR"),)
    assert [(problem.path, problem.fatal) for problem in problems_of(files)] == [
        ("content/de/allein.md", False)
    ]


def test_folders_that_are_only_called_like_languages_are_subjects():
    files = {"it/port.md": page("title: Port"), "no/keel.md": page("title: Keel")}

    assert list(records_of(files)) == ["Port", "Keel"]


def test_a_hundred_thousand_openings_are_read_in_no_time():
    body = "{{< note >}} [[[ {{< x [a](b <!-- `` ![ > [!NOTE] " * 3_500

    assert record_of(page("title: Keel", body)).name == "Keel"


# --- Our own files -------------------------------------------------------------------------------

HOSTILE = [
    "---", "---\nx", "\n\n", " \n x \n ", "a\n...\nb", "# no heading", "- [ ] x", "{{< note >}}",
    "[[a|b]]", "<!--more-->", "> [!NOTE]\n> x", "two\nlines\n", "cr\rlf\r\n", "\r", "true", "no", "null", "~",
    "1.10", "0o7", "2018-04-12", ": ", "a: b", "# x", "'", '"', "\\", "%x", "@x", "`x", "*a", "&a", "!!str x",
    "|", ">", "{", "[", "\u2028", "\u2029", "\x85", "\ufeffx", "\x1f", "\x7f", "\u202eabc", "e\u0301", "😀",
    "𝔘", "\ufffe", "x" * 200,
]  # fmt: skip


def any_text(longest=60):
    return (st.sampled_from(HOSTILE) | st.text(max_size=longest)).filter(lambda text: "\x00" not in text)


def line(longest=60, least=1):
    return any_text(longest).map(lambda text: text[:longest].strip()).filter(lambda text: len(text) >= least)


def lists(*parts, most=3):
    return st.lists(st.builds(*parts), max_size=most).map(tuple)


full_records = st.builds(
    TermRecord,
    line=st.just(0),
    name=line(),
    ref=st.just(""),
    id=line(20),
    slug=line() | st.none(),
    qualifier=line(least=0),
    status=st.sampled_from(STATUSES),
    deprecation_reason=any_text(),
    short_definition=any_text().map(lambda text: text[:160]),
    definition=any_text(400),
    aliases=lists(
        AliasRecord,
        line(),
        st.sampled_from(ALIAS_KINDS),
        st.sampled_from(ALIAS_STATUSES),
        line(least=0),
        any_text(),
    ),
    tags=st.lists(line(), max_size=3).map(tuple),
    relations=lists(RelationRecord, st.sampled_from(RELATION_KINDS), line(), line(least=0)).map(
        lambda some: tuple(sorted(some, key=lambda relation: RELATION_KINDS.index(relation.kind)))
    ),
    relation_kinds=st.just(RELATION_KINDS),
    sources=lists(SourceRecord, any_text().filter(bool), any_text(), any_text()),
    notes=lists(NoteRecord, st.sampled_from(NOTE_KINDS), any_text().filter(bool)),
    external_ids=lists(ExternalIdRecord, line(), line(), st.sampled_from(MAPPINGS)),
    review_by=st.sampled_from(["", "2031-05-28"]),
    updated_at=st.sampled_from([None, "2030-01-01T00:00:00Z"]),
    links_itself=st.booleans(),
    further=st.dictionaries(any_text(), st.none() | st.integers() | st.booleans() | any_text(), max_size=2),
)


def filled_with(text):
    """Return a record that has a hostile text in every place."""
    name = text.strip()[:20].strip() or "x"
    some = text or "x"
    return TermRecord(
        line=0, name=name, ref="", id=name, slug=name, qualifier=name, status="draft",
        deprecation_reason=text, short_definition=text[:160], definition=text,
        aliases=(AliasRecord(name, note=text),), tags=(name,),
        relations=(RelationRecord("related", name, name),), relation_kinds=RELATION_KINDS,
        sources=(SourceRecord(some, text, text),), notes=(NoteRecord("usage", some),),
        external_ids=(ExternalIdRecord(name, name),), review_by="", links_itself=True, further={"x": text},
    )  # fmt: skip


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def as_written(records):
    return b"".join(markdown_files.write(records, GLOSSARY))


@settings(max_examples=60)
@given(st.lists(full_records, max_size=3))
@example([filled_with(text) for text in HOSTILE])
def test_what_is_written_reads_back_the_same_and_is_written_the_same_again(records):
    given = [GivenFile(name, data) for name, data in markdown_files.files(records, GLOSSARY)]

    found = list(markdown_files.read_together(given))

    bare = [replace(record, line=0, ref="", path="") for record in found]
    assert bare == records
    assert as_written(found) == as_written(records)


def test_a_zip_of_ours_is_read_as_a_whole():
    records = [
        replace(filled_with("Keel"), id="k1", relations=(RelationRecord("broader", "r1", "Rib"),)),
        replace(filled_with("Rib"), id="r1", slug=None),
    ]
    data = as_written(records)

    reading = formats.read([GivenFile("glossary.zip", data)])

    assert reading.format == "markdown"
    assert [(item.path, item.id, item.slug) for item in reading.items] == [
        ("terms/Keel.md", "k1", "Keel"),
        ("terms/r1.md", "r1", None),
    ]
    assert reading.items[0].relations == (RelationRecord("broader", "r1", "Rib"),)


def test_file_names_are_unique_and_good_on_every_system():
    slugs = [
        "keel",
        "Keel",
        "KEEL",
        "aux",
        "a/../b",
        "..",
        "über",
        "u\u0308ber",
        "x" * 300,
        "界" * 180,
        "index",
    ]
    records = [TermRecord(line=0, name="Keel", ref="", slug=slug) for slug in slugs]

    names = [name.removeprefix("terms/") for name, _ in markdown_files.files(records, GLOSSARY)]

    assert names[:9] == [
        "keel.md", "Keel-2.md", "KEEL-3.md", "aux-.md", "a-b.md", "term.md", "über.md", "über-2.md",
        "x" * 200 + ".md",
    ]  # fmt: skip
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name.encode()) <= 210 and "/" not in name for name in names)


def test_files_of_ours_are_easy_on_the_eye():
    record = TermRecord(
        line=0,
        name="Keel",
        ref="",
        id="4f2a",
        slug="keel",
        qualifier="",
        status="published",
        short_definition="Lowest timber.",
        definition="The **lowest** timber.\n\nIt is long.",
        aliases=(AliasRecord("keels"), AliasRecord("K", "abbreviation")),
        tags=("hull",),
        relations=(RelationRecord("related", "9c1d", "Rib"),),
        notes=(NoteRecord("example", "One\ntwo"),),
        updated_at="2030-01-01T00:00:00Z",
    )

    [(name, data)] = markdown_files.files([record], GLOSSARY)

    assert name == "terms/keel.md"
    assert data.decode() == (
        "---\ntitle: Keel\ntermbook: 1\nid: 4f2a\nslug: keel\nstatus: published\nsummary: Lowest timber.\n"
        "aliases:\n- keels\n- text: K\n  kind: abbreviation\ntags:\n- hull\n"
        "related:\n- target: 9c1d\n  name: Rib\n"
        "notes:\n- kind: example\n  text: \"One\\ntwo\"\nupdated: '2030-01-01T00:00:00Z'\n---\n\n"
        "The **lowest** timber.\n\nIt is long.\n"
    )


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("status: afloat", "Use one of: draft, published, deprecated"),
        ("aliases: [{text: K, kind: nickname}]", "Use one of: synonym"),
        ("aliases: [{text: K, sort: acronym}]", "Use these names: text, kind"),
        ("aliases: [[K]]", "no text and no mapping"),
        ("tags: [{name: hull}]", "Write texts"),
        ("review_by: tomorrow", "not a date"),
        ("links_itself: perhaps", "Use one of: true, false"),
        ("external_ids: [x]", "Write both"),
        ("further: '[1]'", "no JSON object"),
        ("summary: [x]", "Write a text"),
        (f"summary: {'x' * 161}", "161 signs, 160 are allowed"),
    ],
)
def test_mistakes_in_our_own_front_matter_are_told_with_the_value(key, says):
    problems = list(markdown_files.read(page(f"title: Keel\ntermbook: 1\n{key}").encode()))

    assert all(isinstance(problem, RowProblem) and problem.fatal for problem in problems)
    assert any(says in problem.message for problem in problems)


@settings(max_examples=60)
@given(st.text(alphabet="-:#[]{}<>%!*`ab \n\r\t|\"'&~.", max_size=120))
def test_any_page_gives_a_record_problems_or_a_sentence(text):
    for data in (text.encode(), page(text).encode(), page("title: x", text).encode()):
        try:
            found = list(markdown_files.read(data))
        except UnreadableFile as error:
            assert error.message.endswith(".")
        else:
            assert all(isinstance(item, TermRecord | RowProblem) for item in found)
