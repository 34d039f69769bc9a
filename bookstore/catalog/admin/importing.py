"""Books come and go as CSV: export what the list shows; import a file once it was seen what it would change."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookstore.catalog.models import BookImport
from bookstore.catalog.transfer import importing, table
from bookstore.catalog.transfer.resource import COLUMNS

from .pages import BookPages, require

ON_A_PAGE = 100
MAY_IMPORT = "catalog.import_books"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text=f"At most {table.MOST_ROWS:,} rows and {table.MOST_BYTES // 1024**2} MB, in UTF-8.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > table.MOST_BYTES:
            raise ValidationError(f"The file is too large: at most {table.MOST_BYTES // 1024**2} MB.")
        return file


class ImportPages(BookPages):
    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(view))

        export = self.admin_site.admin_view(require_safe(self.export_view))
        own = [
            path("export/", export, name="catalog_book_export"),
            path("import/", page(self.import_view), name="catalog_book_import"),
            path("import/<uuid:key>/", page(self.preview_view), name="catalog_book_preview"),
        ]
        return [*own, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows with the same filters, in the same order, all pages of it."""
        require(request, "catalog.view_book", MAY_IMPORT)
        try:
            books = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:catalog_book_changelist") + "?e=1")
        name = f"books-{timezone.localdate().isoformat()}.csv"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(
            table.stream(books), content_type="text/csv; charset=utf-8", headers=disposition
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        require(request, MAY_IMPORT)
        if request.method == "POST":
            form = UploadForm(request.POST, request.FILES, label_suffix="")
        else:
            form = UploadForm(label_suffix="")
        if form.is_valid():
            file = form.cleaned_data["file"]
            actor = request.user if request.user.is_authenticated else None
            try:
                uploaded = importing.upload(file.name, file.read(), actor)
            except table.BadFile as wrong:
                form.add_error("file", str(wrong))
            else:
                return HttpResponseRedirect(reverse("admin:catalog_book_preview", args=[uploaded.key]))
        return self.page(request, "import.html", "Import books", form=form, columns=list(COLUMNS))

    def preview_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        require(request, MAY_IMPORT)
        uploaded = BookImport.objects.filter(key=key).first()
        if uploaded is None:
            messages.warning(request, "This file waited for too long. Please upload it again.")
            return HttpResponseRedirect(reverse("admin:catalog_book_import"))
        if uploaded.done_at:
            return self._done(request, is_new=False, uploaded=uploaded)
        if request.method == "POST":
            return self._confirm(request, uploaded)
        return self._show_preview(request, uploaded)

    def _confirm(self, request: HttpRequest, uploaded: BookImport) -> HttpResponse:
        try:
            is_new = importing.confirm(uploaded.key, request.POST.get("digest", ""))
        except importing.HasChanged:
            return self._show_preview(request, uploaded, has_changed=True)
        uploaded.refresh_from_db()
        return self._done(request, is_new=is_new, uploaded=uploaded)

    def _done(self, request: HttpRequest, *, is_new: bool, uploaded: BookImport) -> HttpResponse:
        if is_new:
            added, changed = uploaded.books_added, uploaded.books_changed
            messages.success(request, f"Imported {uploaded.name}: {added} added, {changed} changed.")
        else:
            messages.info(request, f"{uploaded.name} was imported before, and is imported once.")
        return HttpResponseRedirect(reverse("admin:catalog_book_changelist"))

    def _show_preview(self, request: HttpRequest, uploaded: BookImport, **more: Any) -> HttpResponse:
        preview = importing.preview(uploaded)
        rows = Paginator(preview.worth_showing, ON_A_PAGE).get_page(request.GET.get("page"))
        ignored = table.LOOKED_AT if table.has_looked_at(uploaded.content) else ()
        context = {"preview": preview, "rows": rows, "uploaded": uploaded, "ignored": ignored}
        return self.page(request, "preview.html", f"Preview: {uploaded.name}", **context, **more)
