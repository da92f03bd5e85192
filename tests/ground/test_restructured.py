from textwrap import dedent, indent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms.errors import UnreadableFile
from terms.formats import restructured
from terms.formats.record import AliasRecord, RowProblem, TermRecord


def items_of(text):
    return list(restructured.read(dedent(text).encode()))


def records_of(text):
    return [item for item in items_of(text) if isinstance(item, TermRecord)]


def names_of(text):
    return [record.name for record in records_of(text)]


def markdown_of(body, below=""):
    """Return the definition that a body in reStructuredText becomes."""
    text = f".. glossary::\n\n   Keel\n{indent(dedent(body), '      ')}\n\n   Rib\n      x\n\n{dedent(below)}"
    record = records_of(text)[0]
    return record.definition or record.short_definition


def codes_of(text):
    return [flag.code for record in records_of(text) for flag in record.flags]


# --- Entries -------------------------------------------------------------------------------------


def test_terms_above_one_definition_are_names_of_one_entry():
    text = """\
        .. glossary::
           :sorted:

           Keel
              Lowest timber.

           *Rib*
           frame : key
           Rigid inflatable boat (RIB)
              Curved.
           ``>>>``
              Prompt.
        """

    keel, rib, prompt = records_of(text)

    assert (keel.name, keel.short_definition, keel.line) == ("Keel", "Lowest timber.", 4)
    assert rib.name == "Rib"
    assert [alias.text for alias in rib.aliases] == ["frame", "Rigid inflatable boat (RIB)"]
    assert prompt.name == ">>>"


@pytest.mark.parametrize(
    "text",
    [
        ".. glossary::\n\n   Keel\n      a\n   Rib\n      b\n",
        ".. glossary::\r\n\r\n   Keel\r\n      a\r\n\r\n   Rib\r\n      b\r\n",
        ".. glossary::\n\t:sorted:\n\n\tKeel\n\t\ta\n\n\tRib\n\t\tb\n",
        ".. glossary::\n     Keel\n       a\n     Rib\n       b",
        ".. glossary::\n\n   .. a comment\n      goes on\n\n   Keel\n     a\n   .. Mast\n\n   Rib\n     b\n",
        ".. glossary::\n\n   Keel\n      a\n\nText between.\n\n.. glossary::\n\n   Rib\n      b\n",
        ".. note::\n\n   .. glossary::\n\n      Keel\n         a\n\n      Rib\n         b\n",
        ".. code::\n\n  .. glossary::\n\n    Mast\n     x\n\n.. glossary::\n\n  Keel\n   a\n\n  Rib\n   b\n",
        "Such as::\n\n  .. glossary::\n\n    Mast\n     x\n\n.. glossary::\n\n  Keel\n   a\n\n  Rib\n   b\n",
    ],
)  # fmt: skip
def test_entries_are_found_however_they_are_indented(text):
    assert names_of(text) == ["Keel", "Rib"]


def test_glossary_inside_a_definition_gives_entries_of_its_own():
    text = """\
        .. glossary::

           Hull
              Made of:

              .. glossary::

                 Keel
                    Lowest.

              and more.

           Mast
              Upright.
        """

    hull, keel, mast = records_of(text)

    assert [record.name for record in (hull, keel, mast)] == ["Hull", "Keel", "Mast"]
    assert hull.definition == "Made of:\n\nand more."


def test_acronym_gets_its_full_form_and_names_alike_stand_once():
    text = ".. glossary::\n\n   RIB\n   Rib\n      Rigid inflatable boat\n"

    [record] = records_of(text)

    assert record.aliases == (AliasRecord("Rigid inflatable boat", "full_form"),)
    assert record.short_definition == "Rigid inflatable boat"


def test_entry_that_only_points_to_another_becomes_its_name():
    text = ".. glossary::\n\n   Backbone\n      See :term:`keel`.\n\n   Keel\n      Lowest.\n"

    problem, keel = items_of(text)

    assert (problem.value, problem.fatal) == ("Backbone", False)
    assert keel.aliases == (AliasRecord("Backbone"),)


def test_sections_are_terms_where_there_is_no_glossary():
    text = """\
        Glossary
        ========

        .. contents::

        Keel
        ----

        The *lowest* timber, ``long``, see `ships`_.

        Rib
        ---

        Curved.

        .. _ships: https://ships.example
        """

    keel, rib = records_of(text)

    assert (keel.line, keel.name) == (6, "Keel")
    assert keel.definition == "The *lowest* timber, `long`, see [ships](https://ships.example)."
    assert (rib.line, rib.short_definition) == (11, "Curved.")


# --- Texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "markdown"),
    [
        ("a ``code`` b", "a `code` b"),
        ("a ``with ` tick`` b", "a ``with ` tick`` b"),
        ("*em* and **strong**, 2*3*4, a_b", "*em* and **strong**, 2\\*3\\*4, a_b"),
        ("`emphasised words` and `a.b.C` and `~a.b.C`", "*emphasised words* and `a.b.C` and `C`"),
        (":term:`rib`, :term:`ribs <rib>`, :term:`mast`", "[[rib]], [[Rib|ribs]], [[mast]]"),
        (":term:`python:file object` and :term:`x <python:y>`", "file object and x"),
        (":class:`~a.B`, :py:func:`f()`, :file:`x.py`", "`B`, `f()`, `x.py`"),
        (":attr:`shown <a.b>` and :obj:`!x`", "`shown` and `x`"),
        (":math:`x_1`, H\\ :sub:`2`\\ O", "$x_1$, H<sub>2</sub>O"),
        (":pep:`8` and :rfc:`2324`", "PEP 8 and RFC 2324"),
        ("`text <https://a.example/x>`_ out", "[text](https://a.example/x) out"),
        ("`text\n<https://a.example/x>`__ out", "[text](https://a.example/x) out"),
        ("https://a.example/x.", "<https://a.example/x>."),
        ("`named`_, word_ and none_", "[named](https://n.example), [word](https://w.example) and none\\_"),
        ("`one`__ and `two`__\n\n__ https://1.example\n__ https://2.example",
         "[one](https://1.example) and [two](https://2.example)"),
        ("The |sub| here", "The substituted here"),
        ("a [1] * b < c $5 # d", "a \\[1\\] \\* b < c \\$5 # d"),
        ("# no heading\n1) no list", "\\# no heading\n1\\) no list"),
        ("end\\ s and \\*no em\\*", "ends and \\*no em\\*"),
    ],
)  # fmt: skip
def test_inline_marks_become_markdown(written, markdown):
    below = """\
        .. _named: https://n.example
        .. _word: https://w.example
        .. |sub| replace:: substituted
        """

    assert markdown_of(written, below) == markdown


@pytest.mark.parametrize(
    ("written", "markdown"),
    [
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("- a\n- b\n  c\n\n  - d", "- a\n\n- b\n  c\n\n  - d"),
        ("#. a\n#. b", "1. a\n2. b"),
        ("Like so::\n\n   code *x*\n\nend", "Like so:\n\n```\ncode *x*\n```\n\nend"),
        (".. code-block:: python\n   :linenos:\n\n   x = 1", "```python\nx = 1\n```"),
        (".. parsed-literal::\n\n   a **b** *c*", "```\na b c\n```"),
        (">>> x\n1", "```pycon\n>>> x\n1\n```"),
        (".. note:: Mind *it*.", "> **Note:** Mind *it*."),
        (".. warning::\n\n   One.\n\n   Two.", "> **Warning:** One.\n>\n> Two."),
        (".. versionadded:: 1.2\n   More.", "> **New in version 1.2:** More."),
        (".. math::\n\n   a = b", "$$\na = b\n$$"),
        ("term\n   what it is", "- **term**: what it is"),
        (":field: text", "**field:** text"),
        ("| *one*\n| two", "*one*  \ntwo"),
        ("x\n\n   quoted", "x\n\n> quoted"),
        ("x:\n\n   - a\n   - b", "x:\n\n- a\n- b"),
        ("x [1]_\n\n.. [1] Note.", "x [^1]\n\n[^1]: Note."),
        ("x\n\n.. index:: a\n.. a comment\n.. _target:\n\ny", "x\n\ny"),
    ],
)
def test_blocks_become_markdown(written, markdown):
    assert markdown_of(written) == markdown


def test_what_has_no_counterpart_is_kept_and_told():
    text = """\
        .. glossary::

           Keel
              See :doc:`/hull` and :ref:`the mast <mast>`.

              .. plot:: x

                 y
        """

    [record] = records_of(text)

    assert record.definition == "See /hull and the mast.\n\n```\n.. plot:: x\n\n   y\n```"
    assert codes_of(text) == ["unknown_markup", "lost_link"]


# --- What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "Words.\n", ".. glossary::\n", "::\n\n   .. glossary::\n\n      Keel\n         a\n"]
)
def test_file_without_entries_is_refused(text):
    with pytest.raises(UnreadableFile, match="no entries below"):
        items_of(text)


def test_deep_and_endless_files_do_no_harm():
    nested = "".join(" " * 3 * depth + ".. note::\n\n" for depth in range(300))
    bullets = ".. glossary::\n\n   a\n      " + "- " * 20_000
    marks = ".. glossary::\n\n   a\n      " + " `a*b" * 20_000

    with pytest.raises(UnreadableFile):
        items_of(nested)
    assert [record.name for record in records_of(bullets) + records_of(marks)] == ["a", "a"]


@settings(max_examples=60)
@given(st.text(alphabet=" .:`*|_-=<>\\[]()a1\n", max_size=150))
def test_any_body_gives_a_record_or_a_sentence(body):
    text = ".. glossary::\n\n   a\n" + indent(body, "      ")

    for data in (text.encode(), body.encode()):
        try:
            found = list(restructured.read(data))
        except UnreadableFile as error:
            assert error.message.endswith(".")
        else:
            assert all(isinstance(item, TermRecord | RowProblem) for item in found)
