"""Names and addresses of the pages of the desk that belong to no kind of row."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from . import exports, people, roles

urlpatterns = [
    path("people/", admin.site.admin_view(people.people_list), name="people"),
    path("people/invite/", admin.site.admin_view(people.invite), name="invite"),
    path("people/<int:user_id>/", admin.site.admin_view(people.person), name="person"),
    path("export/", admin.site.admin_view(exports.exports), name="exports"),
    path("export/<slug:form>", admin.site.admin_view(exports.export), name="export"),
    path("roles/", admin.site.admin_view(roles.roles), name="roles"),
]
