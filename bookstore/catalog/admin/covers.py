"""The cover in the form of a book: uploaded, replaced, removed."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from bookstore.catalog.covers.pictures import FORMATS, MOST_BYTES, NoCover, Pictures, pictures_from
from bookstore.catalog.models import Book

ACCEPTED = ",".join(f"image/{name.lower()}" for name in FORMATS)


class CoverFile(ContentFile):
    """The large picture, under a name that is made from its content; the small one comes along."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(pictures.large, _name(pictures.large))
        self.small = ContentFile(pictures.small, _name(pictures.small))


def _name(picture: bytes) -> str:
    return f"{sha256(picture).hexdigest()[:16]}.webp"


class CoverField(forms.FileField):
    widget = AdminFileWidget(attrs={"accept": ACCEPTED})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """A CoverFile for an upload; False to remove what there is; else what there is."""
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return file
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(f"The file is too large: at most {MOST_BYTES // 1024**2} MB.", code="large")
        try:
            return CoverFile(pictures_from(file))
        except NoCover as wrong:
            raise ValidationError(str(wrong), code="no_cover") from wrong


class BookForm(forms.ModelForm):
    cover = CoverField(
        label="Other cover",
        required=False,
        help_text=f"A JPEG, PNG or WebP picture of at most {MOST_BYTES // 1024**2} MB.",
    )

    class Meta:
        model = Book
        fields = "__all__"  # noqa: DJ007 - BookAdmin.fieldsets says which

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # Django's own hook: here the form's values reach the book
        cover = self.cleaned_data.get("cover")
        if isinstance(cover, CoverFile):
            self.instance.cover_small = cover.small
        elif cover is False:
            self.instance.cover_small = ""
