"""Names and addresses of the public pages."""

from __future__ import annotations

from django.urls import path, register_converter

from . import views
from .views import finding


class AddressPart:
    """One part of an address. Slugs are letters of any script; what cannot be one is no page."""

    regex = r"[^/\x00-\x1f\x7f]{1,250}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class VersionNumber:
    """A positive number that a database column can hold."""

    regex = r"[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(AddressPart, "part")
register_converter(VersionNumber, "version")

urlpatterns = [
    path("", views.home, name="home"),
    path("a-z/", views.term_list, name="term_list"),
    path("a-z/<part:letter>/", views.term_letter, name="term_letter"),
    path("terms/<part:slug>/", views.term_detail, name="term_detail"),
    path("terms/<part:slug>/history/", views.term_history, name="term_history"),
    path("terms/<part:slug>/compare/", views.term_compare, name="term_compare"),
    path("terms/<part:slug>/v/<version:number>/", views.term_version, name="term_version"),
    path("terms/<part:slug>/suggest/", views.suggest_change, name="suggest_change"),
    # With a question in it, what the search box of a browser asks; without, the way to the form.
    path("suggest", finding.opensearch_suggestions, name="opensearch_suggestions"),
    path("opensearch.xml", finding.opensearch, name="opensearch"),
    path("suggest/", views.suggest_term, name="suggest_term"),
    path("suggestions/<part:token>/", views.suggestion_status, name="suggestion_status"),
    path("t/<part:public_id>/", views.permanent, name="permanent"),
    path("tags/", views.tag_list, name="tag_list"),
    path("tags/<part:slug>/", views.tag_detail, name="tag_detail"),
    path("search", views.search, name="search"),
    path("changes/", views.changes, name="changes"),
    path("about/", views.about, name="about"),
    path("download/", views.downloads, name="downloads"),
    path("download/<part:form>", views.download, name="download"),
    path("review/<part:token>/", views.expert_review, name="expert_review"),
    path("accent.css", views.accent_css, name="accent_css"),
    path("account/", views.account, name="account"),
    path("account/login/", views.login, name="login"),
    path("account/logout/", views.logout, name="logout"),
    path("account/details/", views.account_details, name="account_details"),
    path("account/password/", views.password_change, name="password_change"),
    path("account/password/forgotten/", views.password_forgotten, name="password_forgotten"),
    path("account/password/new/<part:uid>/<part:token>/", views.choose_password, name="new_password"),
    path("account/invitation/<part:uid>/<part:token>/", views.choose_password, name="invitation"),
    path("account/notifications/", views.notifications, name="notifications"),
    path("account/notifications/read/", views.notifications_read, name="notifications_read"),
    path("account/notifications/choices/", views.notification_choices, name="notification_choices"),
    path("account/proposals/<version:pk>/", views.own_proposal, name="own_proposal"),
    path("account/proposals/<version:pk>/edit/", views.rework, name="rework"),
]
