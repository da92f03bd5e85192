"""Accounts and roles: Django's own screens, for superusers.

Whoever wrote or decided something stays in the history: an account is deactivated, never deleted.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest


class ForSuperusers:
    """Nobody else may hand out rights: who can change an account can give it every one."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


admin.site.unregister([get_user_model(), Group])


@admin.register(get_user_model())
class PeopleAdmin(ForSuperusers, UserAdmin):
    """Accounts."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Group)
class RolesAdmin(ForSuperusers, GroupAdmin):
    """Roles and their rights."""
