"""Books for programs: search, and read one."""

from typing import Any, ClassVar

from django.http import QueryDict
from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from bookstore.api import examples
from bookstore.api.endpoint import Endpoint
from bookstore.api.errors import ApiError
from bookstore.api.examples import answered
from bookstore.api.fields import AmountField, FlagInQuery, NumberInQuery, StrictSerializer, StringField
from bookstore.api.schema import errors, in_path

from . import shelves
from .isbn import isbn13_of
from .listing import FURTHEST_PAGE, SORTS, Listing
from .models import Book
from .models.index import LONGEST_SEARCH

ISBN = in_path("isbn", examples.ISBN, "ISBN-13 or ISBN-10, with or without hyphens")


class CreditSerializer(serializers.Serializer):
    name = serializers.CharField()
    role = serializers.CharField()


class BookSerializer(serializers.ModelSerializer):
    """What a list shows of a book."""

    contributors = CreditSerializer(source="credits", many=True)
    price = AmountField()
    available = serializers.IntegerField(source="stock", help_text="Copies that can be ordered now")

    class Meta:
        model = Book
        fields: ClassVar[tuple[str, ...]] = (
            "isbn13",
            "slug",
            "title",
            "subtitle",
            "contributors",
            "format",
            "price",
            "available",
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class SubjectSerializer(serializers.Serializer):
    name = serializers.CharField()
    slug = serializers.CharField()


class WholeBookSerializer(BookSerializer):
    subjects = SubjectSerializer(source="subject_list", many=True)
    publishedOn = serializers.DateField(source="published_on", allow_null=True)
    firstPublished = serializers.IntegerField(source="first_published", allow_null=True)

    class Meta(BookSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *BookSerializer.Meta.fields,
            "subjects",
            "publisher",
            "publishedOn",
            "firstPublished",
            "pages",
            "language",
            "description",
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class BookQuery(StrictSerializer):
    """What to look for; the same words as the shop's own list of books."""

    q = StringField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_SEARCH,
        help_text="Words of title, author, ISBN, publisher",
    )
    subject = serializers.SlugField(required=False, help_text="A subject's slug")
    format = serializers.ChoiceField(choices=Book.Format.choices, required=False)
    inStock = FlagInQuery(required=False, help_text="Only books that can be ordered now")
    sort = serializers.ChoiceField(choices=sorted(SORTS), required=False)
    page = NumberInQuery(min_value=1, max_value=FURTHEST_PAGE, required=False, default=1)


class BookPage(serializers.Serializer):
    books = BookSerializer(many=True)
    total = serializers.IntegerField(help_text="Books on all pages")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()


class Books(Endpoint):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    queries = {"GET": BookQuery}  # noqa: RUF012

    @extend_schema(
        operation_id="listBooks",
        tags=["books"],
        auth=[],
        parameters=[BookQuery],
        responses={200: BookPage, **errors(404)},
        examples=answered(examples.BOOKS),
    )
    def get(self, request: Request) -> Response:
        """Search the books for sale."""
        listing = Listing.read(_as_on_the_page(self.query), shelves.subjects_in_the_shop())
        if "subject" in self.query and not listing.subjects:
            raise ApiError("not_found", "There is no such subject.", status_code=404)
        try:
            page = shelves.listed(listing)
        except shelves.NoSuchPage as beyond:
            raise ApiError("not_found", f"The last page is {beyond.last}.", status_code=404) from beyond
        answer = {
            "books": page.object_list,
            "total": page.paginator.count,
            "page": page.number,
            "pages": page.paginator.num_pages,
        }
        return Response(BookPage(answer).data)


class OneBook(Endpoint):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="getBook",
        tags=["books"],
        auth=[],
        parameters=[ISBN],
        responses={200: WholeBookSerializer, **errors(404)},
        examples=answered(examples.WHOLE_BOOK),
    )
    def get(self, request: Request, isbn: str) -> Response:
        """One book by its ISBN, with or without hyphens."""
        book = Book.objects.for_sale().filter(isbn13=isbn13_of(isbn) or "").first()
        if book is None:
            raise ApiError("not_found", "There is no book with this ISBN.", status_code=404)
        return Response(WholeBookSerializer(book).data)


def _as_on_the_page(given: dict[str, Any]) -> QueryDict:
    """The query as an address of the shop would carry it."""
    query = QueryDict(mutable=True)
    for name in ("q", "subject", "format", "sort", "page"):
        if name in given:
            query[name] = str(given[name])
    if given.get("inStock"):
        query["in_stock"] = "1"
    return query


urlpatterns = [
    re_path(r"^books/?$", Books.as_view(), name="api-books"),
    re_path(r"^books/(?P<isbn>[^/]+)/?$", OneBook.as_view(), name="api-book"),
]
