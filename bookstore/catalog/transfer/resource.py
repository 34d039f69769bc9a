"""Rows become books. Nothing is written here: what would change is collected, for preview.py and writing.py."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource

from bookstore.catalog.isbn import isbn13_of
from bookstore.catalog.models import Book

from .columns import Amount, Column, Day, FormatOfBook, Isbn, People, Shelves, Whole, YesNo

COLUMNS: dict[str, tuple[str, Column]] = {
    "isbn13": ("isbn13", Isbn()),
    "title": ("title", Column()),
    "subtitle": ("subtitle", Column()),
    "contributors": ("people", People()),
    "subjects": ("shelves", Shelves()),
    "publisher": ("publisher", Column()),
    "published_on": ("published_on", Day()),
    "first_published": ("first_published", Whole(-32_768)),
    "format": ("format", FormatOfBook()),
    "pages": ("pages", Whole(0)),
    "language": ("language", Column()),
    "price": ("price", Amount()),
    "active": ("active", YesNo()),
    "description": ("description", Column()),
}
"""By the name in the header: the book's attribute, and how it is written."""

COLUMN_OF = {attribute: name for name, (attribute, _) in COLUMNS.items()}
OWN_ATTRIBUTES = tuple(a for a in COLUMN_OF if a not in ("isbn13", "people", "shelves"))
"""Those in the book's own row."""


class BooksByIsbn(BaseInstanceLoader):
    """All books that the file names, by a few statements."""

    def __init__(self, resource: Any, dataset: Any = None) -> None:
        super().__init__(resource, dataset)
        isbns = {isbn13_of(str(text or "")) for text in dataset["isbn13"]} - {None}
        found = with_people_and_shelves(Book.objects.filter(isbn13__in=isbns))
        self.books = {book.isbn13: book for book in found}

    def get_instance(self, row: Any) -> Book | None:
        return self.books.get(isbn13_of(str(row["isbn13"] or "")) or "")


class BookResource(ModelResource):
    """After `import_data`, `result.rows` has a RowResult for each row; its `instance` is the book as it would be."""

    class Meta:
        model = Book
        fields = tuple(COLUMNS)
        import_id_fields = ("isbn13",)
        instance_loader_class = BooksByIsbn
        skip_unchanged = report_skipped = store_instance = True
        skip_diff = True  # preview.py compares
        use_bulk = True  # no savepoint for each row: nothing is written
        use_transactions = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seen: dict[str, int] = {}

    def before_import_row(self, row: Any, row_number: int = 0, **kwargs: Any) -> None:
        isbn13 = isbn13_of(str(row["isbn13"] or ""))
        if isbn13 in self.seen:
            raise ValidationError({"isbn13": f"This ISBN stands in row {self.seen[isbn13] + 1} already."})
        if isbn13:
            self.seen[isbn13] = row_number

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:  # noqa: FBT001
        if new:
            instance.people, instance.shelves = (), ()
        instance.before = {} if new else values_of(instance)

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not import_validation_errors and values_of(instance) == instance.before

    def validate_instance(self, instance: Any, import_validation_errors: Any = None, **kwargs: Any) -> None:
        """Without questions to the database: that an ISBN is unique is held by how rows and books find each other."""
        errors = dict(import_validation_errors or {})
        try:
            instance.clean_fields(exclude=[*errors, "slug"])
        except ValidationError as wrong:
            errors = wrong.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:  # noqa: FBT001
        """Left to writing.py."""


BookResource.fields.update(
    {
        name: Field(attribute=attribute, column_name=name, widget=column)
        for name, (attribute, column) in COLUMNS.items()
    }
)


def with_people_and_shelves(books: QuerySet[Book]) -> list[Any]:
    """Each with `people` and `shelves`, as the columns have them."""
    return [_told(book) for book in books.prefetch_related("contributions__contributor", "subjects")]


def _told(book: Any) -> Any:
    book.people = tuple((c.contributor.name, c.role) for c in book.contributions.all())
    book.shelves = tuple(sorted((subject.name for subject in book.subjects.all()), key=str.casefold))
    return book


def changed_columns(book: Any) -> set[str]:
    """Of a book that an import changes or adds."""
    return {name for name, value in values_of(book).items() if value != book.before.get(name, "")}


def values_of(book: Any, columns: Iterable[str] = COLUMNS) -> dict[str, str]:
    """What the columns would say of the book."""
    return {name: COLUMNS[name][1].render(getattr(book, COLUMNS[name][0])) for name in columns}
