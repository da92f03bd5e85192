"""A glossary with something of everything that readers meet, and a list of all pages that show it.

A page that readers can open and that stands in no list fails `test_axe_readers.py`.
"""

from __future__ import annotations

from builders import make_term, make_user, merge, propose_change
from django.urls import reverse

from terms import workflow

MATHS = (
    "Moments $m_t$ and $v_t$ of the gradient $g_t$ lead to a step:\n\n"
    "$$m_t = \\beta_1 m_{t-1} + (1-\\beta_1) g_t, \\qquad v_t = \\beta_2 v_{t-1} + (1-\\beta_2) g_t^2,$$\n\n"
    "$$\\theta_t = \\theta_{t-1} - \\eta \\frac{\\hat{m}_t}{\\sqrt{\\hat{v}_t} + \\varepsilon}.$$\n\n"
    "Use it with Dropout."
)
TABLE_AND_CODE = (
    "Three masks are common, and Dropout is none of them:\n\n"
    "| Mask | What it hides from view | Used for | Found in | Since | Remarks |\n|---|---|---|---|---|---|\n"
    "| Causal | later positions | next-token prediction | decoders | 2017 | the usual one |\n"
    "| Padding | filler tokens | batches of unequal lengths | everything | always | often forgotten |\n\n"
    "```python\nscores = np.where(np.triu(np.ones((n, n), dtype=bool), k=1), -np.inf, scores)  # a line\n"
    "return softmax(scores)\n```\n\n"
    "> A quotation from somebody.\n\n1. One\n2. Two\n\n## A heading\n\nAnd `code` in a line."
)
MANY_NAMES = [
    {"text": "حديقة الأسماء", "kind": "translation", "language": "ar"},
    {"text": "Namenszoo", "kind": "translation", "language": "de"},
    {"text": "ζωολογικός κήπος", "kind": "translation", "language": "el"},
    {"text": "ZON", "kind": "abbreviation"},
    {"text": "Name-zoo", "kind": "spelling_variant"},
    {"text": "Menagerie of names", "kind": "former_name"},
    {"text": "Names that go on and on, so that no phone shows them on one line of its own, ever"},
]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def fill() -> dict[str, dict[str, str]]:
    """Make the glossary; return by route what kinds of pages there are, and where."""
    chief = make_user("Chief editors")
    by = {"by": make_user("Editors"), "reviewer": make_user("Reviewers")}

    def narrower(name: str, term: object, **content: object) -> object:
        relations = [{"kind": "broader", "target": term.public_id}]
        return make_term(name, relations=relations, short_definition=f"{name}, in short.", **content, **by)

    top = make_term("Regularization", short_definition="Against fitting too well.", tags=["Training"], **by)
    dropout = narrower(
        "Dropout",
        top,
        definition="Units are left out at random. See Adam.",
        tags=["Training", "Layers"],
        aliases=["Drop-out", {"text": "Dilution", "kind": "synonym"}],
        sources=[{"title": "A paper", "url": "https://example.org/paper", "locator": "p. 3"}],
        notes=[{"kind": "usage", "text": "Said of layers."}, {"kind": "example", "text": "Half of them."}],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
    )
    for version in (2, 3):
        change = propose_change(dropout, by=by["by"], definition=f"Left out, version {version}. See Adam.")
        dropout = workflow.approve(revision_id=change.pk, by=by["reviewer"])
    make_term("Adam", short_definition="An optimizer.", definition=MATHS, tags=["Training"], **by)
    make_term("Attention mask", definition=TABLE_AND_CODE, tags=["Layers"], **by)
    zoo = make_term("Zoo of names", aliases=MANY_NAMES, tags=["Open"], **by)
    deeper = dropout
    for name in ("Aviary", "Bear pit", "Camel house"):
        deeper = narrower(name, deeper)
        narrower(f"{name} of names", zoo, definition=f"{name} and Dropout.")
    make_term(LONG, short_definition="Longer than a phone is wide.", tags=["Open"], **by)
    make_term("Kernel", qualifier="machine learning", short_definition="Of the one sort.", **by)
    make_term("Kernel", qualifier="operating systems", short_definition="Of the other.", **by)
    old = make_term("Old word", tags=["Training"], **by)
    workflow.deprecate(
        term_id=old.pk, by=chief, reason="Out of use.", successors=[dropout.public_id, top.public_id]
    )
    gone = make_term("Removed word", **by)
    workflow.remove(term_id=gone.pk, by=chief, reason="Nobody says it.")
    merge(dropout, make_term("Leaving out", **by), by=chief)
    for letter in "ABC":
        make_term(f"Layer {letter}", short_definition="One of many.", tags=["Layers"], **by)
    # Enough of them for a second page of their letter.
    make_term("Layer", aliases=[f"Layer of sort {number}" for number in range(50)], tags=["Layers"], **by)
    sender = workflow.Sender("Rea Der", "rea@example.org", "one")
    suggestion = workflow.suggest(
        content={"short_definition": "What readers say."},
        sender=sender,
        remark="It is wrong.",
        term_id=top.pk,
        version=1,
    )
    return pages(reverse("suggestion_status", args=[suggestion.status_token]))


def pages(status_of_suggestion: str) -> dict[str, dict[str, str]]:
    return {
        "home": {"home": "/"},
        "term_list": {"A–Z": "/a-z/", "beyond A–Z": "/a-z/?page=99"},
        "term_letter": {"long letter": "/a-z/l/", "short letter": "/a-z/z/", "letter of nothing": "/a-z/x/"},
        "term_detail": {
            "term": "/terms/dropout/",
            "term with maths": "/terms/adam/",
            "term with table and code": "/terms/attention-mask/",
            "term with many names": "/terms/zoo-of-names/",
            "term with a long name": f"/terms/{LONG.lower().replace('ä', 'a')}/",
            "deprecated term": "/terms/old-word/",
            "two terms of a name": "/terms/kernel/",
            "removed term": "/terms/removed-word/",
            "no term": "/terms/dropuot/",
            "term of a day": "/terms/dropout/?as_of=2020-01-01",
        },
        "term_history": {"history": "/terms/dropout/history/"},
        "term_compare": {
            "comparison": "/terms/dropout/compare/?from=1&to=3",
            "nothing to compare": "/terms/dropout/compare/?from=77",
        },
        "term_version": {"old version": "/terms/dropout/v/1/"},
        "tag_list": {"tags": "/tags/"},
        "tag_detail": {"tag": "/tags/layers/", "two tags": "/tags/training/?tag=layers"},
        "tree": {"tree": "/tree/"},
        "tree_branch": {"branch": "/tree/regularization/"},
        "search": {
            "how to search": "/search",
            "results": "/search?q=layer",
            "answer": "/search?q=dropout",
            "no result": f"/search?q={'z' * 80}",
        },
        "changes": {"changes": "/changes/", "changes of a kind": "/changes/?kind=deprecated&tag=training"},
        "about": {"about": "/about/"},
        "downloads": {"downloads": "/download/", "some downloads": "/download/?tag=training"},
        "suggest_change": {"suggest a change": "/terms/dropout/suggest/"},
        "suggest_term": {"propose a term": "/suggest/?name=Dropout"},
        "suggestion_status": {"status of a suggestion": status_of_suggestion},
        "api:docs": {"reference for programs": "/api/v1/docs/"},
    }


# Pages that say no.
STATUS = {
    **dict.fromkeys(("beyond A–Z", "no term", "term of a day", "nothing to compare"), 404),
    "removed term": 410,
}
# What the tests of the desk look at; `permanent` and the like only lead on.
ELSEWHERE = {"login", "password_forgotten", "expert_review", "new_password", "invitation"}


def addresses_in(pages: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the address of each kind of page."""
    return {name: address for kinds in pages.values() for name, address in kinds.items()}
