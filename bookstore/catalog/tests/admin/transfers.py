"""Files of books that go in and out, as the pages of the admin see them."""

import csv
from io import StringIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

IMPORT, EXPORT = reverse("admin:catalog_book_import"), reverse("admin:catalog_book_export")
EMMA, PERSUASION, IDIOT = "9780141439587", "9780141439686", "9780140447927"


def file_of(*rows, header="isbn13,title,price", encoding="utf-8"):
    return "\n".join([header, *rows]).encode(encoding)


def uploads(admin, content, **more):
    """The preview of a file, or the form that says why there is none."""
    return admin.post(IMPORT, {"file": SimpleUploadedFile("books.csv", content), **more}, follow=True)


def confirms(admin, page, **more):
    sent = {"digest": page.context["preview"].digest} | more
    return admin.post(page.request["PATH_INFO"], sent, follow=True)


def imports(admin, content):
    return confirms(admin, uploads(admin, content))


def changes(page):
    return {
        row.isbn13: {c.column: (c.old, c.new) for c in row.changes} for row in page.context["preview"].rows
    }


def trouble(page):
    return [(row.number, *row.errors) for row in page.context["preview"].rows if row.errors]


def refusal(page):
    return page.context["form"].errors["file"][0]


def exported(client, **query):
    response = client.get(EXPORT, query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))
