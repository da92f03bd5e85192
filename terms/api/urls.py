"""The addresses of the API. Each is also answered with, or without, the slash at its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.urls import URLPattern, path, re_path, register_converter
from django.urls.converters import IntConverter, StringConverter

from . import duplicates, exports, imports, merge_proposals, merging, quick, splitting, views

app_name = "api"


class _Key(StringConverter):
    """An id or a slug: letters of any script, but nothing that no database can be asked for."""

    regex = r"[^/\x00-\x1f\x7f]{1,250}"


class _Number(IntConverter):
    """A number that fits into a column."""

    regex = "[0-9]{1,9}"


register_converter(_Key, "api_key")
register_converter(_Number, "api_number")


def _itself(view: Any) -> Any:
    return view


def _first(reader: quick.Reader) -> Callable[[Any], Any]:
    return partial(quick.answered_first_by, reader)


_REVISION = "terms/<api_key:id>/revisions/<api_number:number>/"


def _route(
    address: str, view: Any, name: str, *, by: Callable[[Any], Any] = _itself, **actions: str
) -> list[URLPattern]:
    """Return an address and its twin, which is not documented and to which nothing is reversed.

    `by` makes of the view what is asked in its place.
    """
    twin = address.removesuffix("/") if address.endswith("/") else f"{address}/"
    arguments = (actions,) if actions else ()
    return [
        path(address, by(view.as_view(*arguments)), name=name),
        path(twin, by(view.as_view(*arguments, schema=None))),
    ]


def _actions(address: str, view: Any, prefix: str, *actions: str) -> list[URLPattern]:
    return [
        pattern
        for action in actions
        for pattern in _route(f"{address}{action}", view, f"{prefix}-{action}", post=action.replace("-", "_"))
    ]


def _operations(address: str, view: Any, prefix: str) -> list[URLPattern]:
    """Return the addresses of what is looked at, done and undone."""
    one = f"{address}<api_number:operation>/"
    return [
        *_route(address, view, f"{prefix}-list", get="list", post="create"),
        *_actions(address, view, prefix, "preview"),
        *_route(one, view, f"{prefix}-detail", get="retrieve"),
        *_route(f"{one}undo", view, f"{prefix}-undo", get="undo_preview", post="undo"),
    ]


_IMPORT = "imports/<api_number:batch>/"
_PROPOSED = "merge-proposals/<api_number:proposal>/"
_proposed = merge_proposals.MergeProposalViewSet
_one_import, _rows = imports.ImportViewSet, imports.ImportRowViewSet
_terms, _revisions, _discussions = views.TermViewSet, views.RevisionViewSet, views.DiscussionViewSet

# What is asked most stands first: addresses are tried in this order.
urlpatterns = [
    path("", quick.kept(views.RootView.as_view()), name="root"),
    *_route("terms/", _terms, "term-list", by=_first(quick.terms), get="list", post="create"),
    *_route(
        "terms/<api_key:id>/",
        _terms,
        "term-detail",
        by=_first(quick.term),
        get="retrieve",
        patch="partial_update",
        delete="destroy",
    ),
    *_route("search", views.SearchView, "search", by=_first(quick.find), get="list"),
    *_route("suggest", views.SuggestView, "suggest", by=_first(quick.suggest)),
    *_route("tags/", views.TagViewSet, "tag-list", by=quick.kept, get="list"),
    *_route("tags/<api_key:slug>/", views.TagViewSet, "tag-detail", by=quick.kept, get="retrieve"),
    *_route("letters/", views.LetterViewSet, "letter-list", by=quick.kept, get="list"),
    *_actions("terms/<api_key:id>/", _terms, "term", "deprecate", "reinstate", "restore", "discard"),
    *_route("terms/<api_key:id>/versions/<api_number:version>/", _revisions, "version-detail", get="version"),
    *_route("terms/<api_key:id>/revisions/", _revisions, "revision-list", get="list"),
    *_route(_REVISION, _revisions, "revision-detail", get="retrieve"),
    *_route(f"{_REVISION}difference/", _revisions, "revision-difference", get="difference"),
    *_actions(_REVISION, _revisions, "revision", "approve", "reject", "request-changes"),
    *_actions(_REVISION, _revisions, "revision", "withdraw", "resubmit", "bring-up-to-date", "assign"),
    *_route(f"{_REVISION}comments/", _discussions, "comment-list", get="read", post="create"),
    *_actions(f"{_REVISION}comments/<api_number:thread>/", _discussions, "comment", "resolve", "reopen"),
    *_route("proposals/", views.ProposalViewSet, "proposal-list", get="list"),
    *_route("imports/", imports.ImportsViewSet, "import-list", get="list", post="create"),
    *_route(_IMPORT, _one_import, "import-detail", get="retrieve", delete="destroy"),
    *_actions(_IMPORT, _one_import, "import", "plan", "apply", "cancel", "go-on"),
    *_route(f"{_IMPORT}undo", _one_import, "import-undo", get="undo_preview", post="undo"),
    *_route(f"{_IMPORT}rows/", _rows, "import-row-list", get="list"),
    *_route(
        f"{_IMPORT}rows/<api_number:position>/",
        _rows,
        "import-row-detail",
        get="retrieve",
        patch="partial_update",
    ),
    *_operations("merges/", merging.MergeViewSet, "merge"),
    *_operations("splits/", splitting.SplitViewSet, "split"),
    *_route("merge-proposals/", _proposed, "merge-proposal-list", get="list", post="create"),
    *_route(_PROPOSED, _proposed, "merge-proposal-detail", get="retrieve"),
    *_actions(_PROPOSED, _proposed, "merge-proposal", "approve", "reject", "withdraw", "bring-up-to-date"),
    *_route("duplicates/", duplicates.DuplicateViewSet, "duplicate-list", get="list"),
    *_route("duplicates/scan", duplicates.DuplicateViewSet, "duplicate-scan", get="state", post="scan"),
    *_route("duplicates/verdicts", duplicates.VerdictsViewSet, "verdicts", get="read", post="bring"),
    *_route("duplicates/<api_number:pair>/", duplicates.DuplicateViewSet, "duplicate-detail", get="retrieve"),
    *_route(
        "duplicates/<api_number:pair>/judge", duplicates.DuplicateViewSet, "duplicate-judge", post="judge"
    ),
    *_route("export/", exports.ExportFormViewSet, "export-list", get="list"),
    *_route("export/<api_key:form>", exports.ExportView, "export"),
    *_route("openapi.json", views.OpenApiView, "openapi", by=quick.kept),
    *_route("docs/", views.DocsView, "docs", by=quick.kept),
    re_path(r"^.*$", views.NoSuchAddress.as_view()),
]
