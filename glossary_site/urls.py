"""Where everything is: the editors' desk, the API, the public pages."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("terms.api.urls")),
    path("", include("terms.urls")),
]

handler400 = "terms.views.bad_request"
handler404 = "terms.views.not_found"
handler500 = "terms.views.server_error"
