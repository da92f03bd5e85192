"""Where everything is: the editors' desk, the API, the public pages."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from terms.views import desk_login

urlpatterns = [
    # One door for everybody, in front of the one that Django has for the desk.
    path("admin/login/", desk_login),
    path("admin/", include("terms.admin.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("terms.api.urls")),
    path("", include("terms.urls")),
]

handler400 = "terms.views.bad_request"
handler404 = "terms.views.not_found"
handler500 = "terms.views.server_error"
