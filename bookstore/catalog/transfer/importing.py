"""An upload is shown as a preview; confirmed, it is done as it was shown, all of it or nothing, once."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from bookstore.accounts.models import User
from bookstore.catalog.isbn import isbn13_of
from bookstore.catalog.models import Book, BookImport

from .preview import CHANGED, NEW, Preview
from .table import dataset_of, text_of
from .writing import write

KEPT = timedelta(days=1)
"""How long an upload waits to be confirmed."""


class HasChanged(Exception):
    """The shop is not as it was when the preview was shown; nothing was imported."""


def upload(name: str, content: bytes, actor: User | None) -> BookImport:
    """Raises BadFile."""
    text = text_of(content)
    dataset_of(text)
    BookImport.objects.filter(done_at=None, uploaded_at__lt=timezone.now() - KEPT).delete()
    return BookImport.objects.create(key=uuid4(), name=name[:200], content=text, actor=actor)


def preview(uploaded: BookImport) -> Preview:
    return Preview(dataset_of(uploaded.content))


def confirm(key: UUID, digest: str) -> bool:
    """Import what the preview with this digest showed. False: that was done before. Raises HasChanged."""
    try:
        with transaction.atomic():
            return _confirm(BookImport.objects.select_for_update().get(key=key), digest)
    except IntegrityError as collision:  # somebody else added one of the new books at this moment
        raise HasChanged from collision


def _confirm(uploaded: BookImport, digest: str) -> bool:
    if uploaded.done_at:
        return False
    _lock_books(uploaded)
    now = preview(uploaded)
    if now.digest != digest or not now.can_be_done:
        raise HasChanged
    write(now.books)
    uploaded.done_at, uploaded.content = timezone.now(), ""
    uploaded.books_added, uploaded.books_changed = now.counts[NEW], now.counts[CHANGED]
    uploaded.save()
    return True


def _lock_books(uploaded: BookImport) -> None:
    """In primary-key order, as orders do."""
    isbns = {isbn13_of(str(text)) for text in dataset_of(uploaded.content)["isbn13"]} - {None}
    locked = Book.objects.select_for_update(no_key=True).filter(isbn13__in=isbns).order_by("pk")
    list(locked.values_list("pk", flat=True))
