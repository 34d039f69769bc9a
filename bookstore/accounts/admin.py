"""People: shoppers and staff. Nobody becomes more than they are by way of these pages.

Who may change people without being a superuser (an owner) gives only groups whose permissions are the owner's own,
and does not touch anybody who has more rights: neither e-mail address nor password.
"""

from typing import Any, ClassVar, cast

import django_otp.plugins.otp_static.admin
import django_otp.plugins.otp_totp.admin  # noqa: F401
import rest_framework_simplejwt.token_blacklist.admin  # noqa: F401
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django_otp.plugins.otp_totp.models import TOTPDevice

from . import second_factor
from .models import User

# Imported above so that their pages are there, and can be taken down.
SECRETS = ("otp_totp", "otp_static", "token_blacklist")
"""Apps whose own pages print the secrets of second factors, and tokens."""

for model in [model for model in admin.site._registry if model._meta.app_label in SECRETS]:
    admin.site.unregister(model)


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
    list_display = ("email", "full_name", "is_staff", "is_active", "has_second_factor", "joined_at")
    search_fields = ("email", "full_name")
    search_help_text = "E-mail address or name"
    readonly_fields = ("last_login", "joined_at")
    actions = ("switch_second_factor_off",)
    fieldsets = (
        (None, {"fields": ("email", "full_name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        phones = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return super().get_queryset(request).annotate(with_second_factor=Exists(phones))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change_people = super().has_change_permission(request, obj)
        return may_change_people and (obj is None or not _is_more_than(obj, cast("User", request.user)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = super().get_readonly_fields(request, obj)
        return given if request.user.is_superuser else (*given, "is_superuser", "user_permissions")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            field.queryset = groups_to_give(cast("User", request.user))
        return field

    @admin.display(description="second factor", boolean=True)
    def has_second_factor(self, user: Any) -> bool:
        return bool(user.with_second_factor)

    @admin.action(description="Switch off the second factor (phone lost)", permissions=["change"])
    def switch_second_factor_off(self, request: HttpRequest, people: QuerySet[User]) -> HttpResponse | None:
        """After a page that asks. Their passwords still hold; they set up another phone when they have one."""
        chosen = list(people)
        if refused := [str(user) for user in chosen if not self.has_change_permission(request, user)]:
            self.message_user(request, f"Not yours to change: {', '.join(refused)}.", messages.ERROR)
        elif "confirmed" not in request.POST:
            return self._ask(request, chosen)
        else:
            for user in chosen:
                if second_factor.switch_off(user):
                    self.log_change(request, user, "Second factor switched off: phone lost")
                    self.message_user(request, f"{user} signs in with the password alone.", messages.SUCCESS)
        return None

    def _ask(self, request: HttpRequest, people: list[User]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Switch off the second factor",
            "people": people,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/second_factor/switch_off.html", context)


def groups_to_give(giver: User) -> QuerySet[Group]:
    """Those that make nobody more than the giver is."""
    if giver.is_superuser:
        return Group.objects.all()
    return Group.objects.exclude(permissions__in=Permission.objects.exclude(pk__in=_held(giver)))


def _is_more_than(user: User, other: User) -> bool:
    """Whether the user has a right that the other lacks. Rights of a closed account count: it can be opened again."""
    if other.is_superuser:
        return False
    return user.is_superuser or _held(user).exclude(pk__in=_held(other)).exists()


def _held(user: User) -> QuerySet[Permission]:
    return Permission.objects.filter(Q(group__user=user) | Q(user=user)).order_by().distinct()
