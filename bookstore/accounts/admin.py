from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm

from .models import User


class UserCreation(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)
        field_classes: ClassVar[dict] = {}


class UserChange(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: ClassVar[dict] = {}


@admin.register(User)
class PeopleAdmin(UserAdmin):
    """Shoppers and staff, found by e-mail address or name."""

    form = UserChange
    add_form = UserCreation
    ordering = ("email",)
    list_display = ("email", "full_name", "is_staff", "is_active", "joined_at")
    search_fields = ("email", "full_name")
    readonly_fields = ("last_login", "joined_at")
    fieldsets = (
        (None, {"fields": ("email", "full_name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),
    )
