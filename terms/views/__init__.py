"""The public pages: addresses, redirects, caching headers.

Every page is the same for everybody. Nothing here looks at who is asking, so nothing sets a cookie
or varies by one, and a page can be kept until the content version moves.
"""

from .browse import about, changes, home, tag_detail, tag_list, term_letter, term_list
from .finding import bad_request, form_expired, not_found, search, server_error
from .pages import accent_css, site_context
from .term import permanent, term_detail, term_history, term_version

__all__ = [
    "about",
    "accent_css",
    "bad_request",
    "changes",
    "form_expired",
    "home",
    "not_found",
    "permanent",
    "search",
    "server_error",
    "site_context",
    "tag_detail",
    "tag_list",
    "term_detail",
    "term_history",
    "term_letter",
    "term_list",
    "term_version",
]
