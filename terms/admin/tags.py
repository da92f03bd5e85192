"""Tags: what they are called and what they mean. They are made by using them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from taggit.admin import Tag as UnusedTag

from .. import tagging
from ..errors import TermbookError
from ..models import Tag
from ..web import status_code
from .desk import Desk, number

# The tags of taggit itself, in a table that this glossary does not use.
admin.site.unregister(UnusedTag)


class TagForm(forms.Form):
    """What may be said of a tag; `tagging` judges it."""

    name = forms.Field(required=False, widget=forms.TextInput(attrs={"size": 40}))
    description = forms.Field(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Shown to readers on the page of the tag.",
    )


@admin.register(Tag)
class TagAdmin(Desk):
    """Subjects, with the number of terms under each."""

    list_display = ("label", "slug", "term_count", "description")
    search_fields = ("name", "slug")
    ordering = (Lower("name"), "pk")
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("terms.edit_term")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(uses=Count("terms_taggedterm_items"))

    @admin.display(description="name", ordering=Lower("name"))
    def label(self, tag: Tag) -> str:
        return tag.name

    @admin.display(description="terms", ordering="uses")
    def term_count(self, tag: Tag) -> int:
        return tag.uses

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a tag, and hand what is said of it to `tagging`."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        tag = self.get_queryset(request).filter(pk=number(object_id)).first()
        if tag is None:
            raise Http404("There is no such tag.")
        if request.method != "POST":
            form = TagForm(initial={"name": tag.name, "description": tag.description}, label_suffix="")
            return self._tag_page(request, tag, form)
        given = {name: request.POST.get(name, "") for name in TagForm.base_fields}
        try:
            renamed = tagging.describe(tag_id=tag.pk, by=request.user, **given)
        except TermbookError as refusal:
            return self._tag_page(
                request,
                tag,
                TagForm(initial=given, label_suffix=""),
                status_code(refusal),
                refusal=refusal.message,
            )
        messages.success(request, f"The tag “{renamed.name}” is saved.")
        return HttpResponseRedirect(reverse("admin:terms_tag_changelist"))

    def _tag_page(
        self, request: HttpRequest, tag: Tag, form: TagForm, status: int = 200, refusal: str = ""
    ) -> HttpResponse:
        context = {"tag": tag, "form": form, "refusal": refusal}
        return self.page(request, "admin/terms/tag.html", title=tag.name, status=status, **context)
