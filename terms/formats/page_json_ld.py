"""What a page says of its term in the words of schema.org, for a script element in its head.

The texts are those that the page shows. schema.org has no status for a term: a deprecated one says so in
what describes the page (`creativeWorkStatus`) and names its successors as what may stand in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .record import Glossary

_SCHEMA = "https://schema.org"
_NOT_SHOWN = {"hidden", "misspelling"}
_NOT_TO_BE_USED = {"deprecated", "forbidden"}
_WEB_ADDRESS = re.compile(r"https?://\S+")


def of_term(document: Mapping[str, Any], glossary: Glossary, *, description: str) -> str:
    """Return a DefinedTerm as JSON, made of the stored document of a public term."""
    ids = [item["value"] for item in document["external_ids"] if item["mapping"] == "exact"]
    said = {
        "@context": _SCHEMA,
        "@type": "DefinedTerm",
        "@id": glossary.uri(document["id"]),
        "name": document["name"],
        "disambiguatingDescription": document["qualifier"],
        "termCode": document["id"],
        "alternateName": list(_other_names(document, glossary)),
        "description": description,
        "url": _page(document, glossary),
        "sameAs": [value for value in ids if _WEB_ADDRESS.fullmatch(value)],
        "inDefinedTermSet": _filled(_set(glossary)),
        **(_deprecation(document, glossary) if document["status"] == "deprecated" else {}),
    }
    return _json(_filled(said))


def of_glossary(glossary: Glossary) -> str:
    """Return the DefinedTermSet that the terms are in, as JSON."""
    about = {"description": glossary.description, "license": glossary.licence}
    return _json(_filled({"@context": _SCHEMA, **_set(glossary), **about}))


def _set(glossary: Glossary) -> dict[str, Any]:
    return {
        "@type": "DefinedTermSet",
        "@id": f"{glossary.url}#set",
        "name": glossary.name,
        "url": glossary.url,
        "inLanguage": glossary.language,
    }


def _other_names(document: Mapping[str, Any], glossary: Glossary) -> Iterator[Any]:
    for alias in document["aliases"]:
        if alias["kind"] in _NOT_SHOWN or alias["status"] in _NOT_TO_BE_USED:
            continue
        is_foreign = alias["language"] and alias["language"] != glossary.language
        yield {"@value": alias["text"], "@language": alias["language"]} if is_foreign else alias["text"]


def _deprecation(document: Mapping[str, Any], glossary: Glossary) -> dict[str, Any]:
    page = {
        "@type": "WebPage",
        "url": _page(document, glossary),
        "creativeWorkStatus": "Deprecated",
        "abstract": document["deprecation_reason"],
    }
    successors = [
        {"@type": "DefinedTerm", "@id": glossary.uri(other["id"]), "name": other["name"]}
        for other in document["replaced_by"]
    ]
    instead = {"@type": "ReplaceAction", "replacer": successors} if successors else {}
    return {"subjectOf": _filled(page), "potentialAction": instead}


def _page(document: Mapping[str, Any], glossary: Glossary) -> str:
    return f"{glossary.url.removesuffix('/')}{document['url']}"


def _filled(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
