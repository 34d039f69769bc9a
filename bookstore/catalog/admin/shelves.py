"""Who made the books, and where they stand."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from bookstore.catalog.models import Contributor, Subject


@admin.register(Contributor)
class ContributorAdmin(admin.ModelAdmin):
    list_display = ("name", "sort_name")
    search_fields = ("name", "sort_name")
    search_help_text = "Name, as printed or as sorted"


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin):
    list_display = ("name", "slug")
    search_fields = ("name",)
    search_help_text = "Name"

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subject]) -> None:
        for subject in queryset:  # one by one: each tells its books
            subject.delete()
