"""What readers may ask: the search box and its filters."""

from __future__ import annotations

from django import forms


class SearchForm(forms.Form):
    """A search as its address has it; nothing here is required, an empty search shows a prompt."""

    q = forms.CharField(
        label="Search the glossary",
        required=False,
        max_length=200,
        error_messages={"max_length": "Search for fewer words: at most 200 characters are looked up."},
    )
    tag = forms.SlugField(required=False, allow_unicode=True, max_length=100)
    letter = forms.SlugField(required=False, allow_unicode=True, max_length=20)
    deprecated = forms.BooleanField(label="Include deprecated terms", required=False)

    def problems(self) -> list[str]:
        """Return what was wrong with the address, a sentence for each."""
        return [sentence for sentences in self.errors.values() for sentence in sentences]
