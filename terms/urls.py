"""Names and addresses of the public pages."""

from __future__ import annotations

from django.urls import path, register_converter

from . import views
from .views import discovery, feeds, finding, tree, twins


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


class TwinForm:
    """The ending of a form in which a term can be had beside its page."""

    regex = "md|json|jsonld|ttl|rdf"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AddressPart, "part")
register_converter(TwinForm, "form")
register_converter(VersionNumber, "version")

urlpatterns = [
    path("", views.home, name="home"),
    path("a-z/", views.term_list, name="term_list"),
    path("a-z/<part:letter>/", views.term_letter, name="term_letter"),
    path("terms/<part:slug>/", views.term_detail, name="term_detail"),
    path("terms/<part:slug>.<form:form>", twins.term_twin, name="term_twin"),
    path("terms/<part:slug>.atom", feeds.term_feed, name="term_feed"),
    path("terms/<part:slug>/history/", views.term_history, name="term_history"),
    path("terms/<part:slug>/compare/", views.term_compare, name="term_compare"),
    path("terms/<part:slug>/v/<version:number>/", views.term_version, name="term_version"),
    path("terms/<part:slug>/suggest/", views.suggest_change, name="suggest_change"),
    # With a question in it, what the search box of a browser asks; without, the way to the form.
    path("suggest", finding.opensearch_suggestions, name="opensearch_suggestions"),
    path("opensearch.xml", finding.opensearch, name="opensearch"),
    path("suggest/", views.suggest_term, name="suggest_term"),
    path("suggestions/<part:token>/", views.suggestion_status, name="suggestion_status"),
    path("t/<part:public_id>/", twins.permanent, name="permanent"),
    path("tags/", views.tag_list, name="tag_list"),
    path("tags/<part:slug>/", views.tag_detail, name="tag_detail"),
    path("tags/<part:slug>.atom", feeds.tag_feed, name="tag_feed"),
    path("tree/", tree.tree, name="tree"),
    path("tree/<part:slug>/", tree.branch, name="tree_branch"),
    path("search", views.search, name="search"),
    path("changes/", views.changes, name="changes"),
    path("changes.atom", feeds.changes_feed, name="changes_feed"),
    path("term-of-the-day.atom", feeds.daily_feed, name="daily_feed"),
    path("random/", discovery.random_term, name="random_term"),
    path("sitemap.xml", discovery.sitemap, name="sitemap"),
    path("sitemap-<version:number>.xml", discovery.sitemap_part, name="sitemap_part"),
    path("robots.txt", discovery.robots, name="robots"),
    path("llms.txt", discovery.llms, name="llms"),
    path("llms-full.txt", discovery.llms_full, name="llms_full"),
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
