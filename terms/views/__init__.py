"""The readers' site: addresses, redirects, caching headers.

Every public page is the same for everybody. It does not look at who is asking, so it sets no cookie
and varies by none, and the front keeps it until the content version moves (`pages.public_page`).
Under /account/ are the pages that belong to one person; the forms for suggestions are kept by nobody.
"""

from .account import choose_password, desk_login, login, logout, password_change, password_forgotten
from .account import details as account_details
from .browse import about, home, term_letter, term_list
from .changelog import changes
from .downloads import download, downloads
from .expert_review import expert_review
from .finding import bad_request, form_expired, not_found, search, server_error
from .notifications import notification_choices, notifications, notifications_read
from .own_proposals import account, own_proposal, rework
from .pages import accent_css, site_context
from .suggesting import suggest_change, suggest_term, suggestion_status
from .tags import tag_detail, tag_list
from .term import term_compare, term_detail, term_history, term_version

__all__ = [
    "about",
    "accent_css",
    "account",
    "account_details",
    "bad_request",
    "changes",
    "choose_password",
    "desk_login",
    "download",
    "downloads",
    "expert_review",
    "form_expired",
    "home",
    "login",
    "logout",
    "not_found",
    "notification_choices",
    "notifications",
    "notifications_read",
    "own_proposal",
    "password_change",
    "password_forgotten",
    "rework",
    "search",
    "server_error",
    "site_context",
    "suggest_change",
    "suggest_term",
    "suggestion_status",
    "tag_detail",
    "tag_list",
    "term_compare",
    "term_detail",
    "term_history",
    "term_letter",
    "term_list",
    "term_version",
]
