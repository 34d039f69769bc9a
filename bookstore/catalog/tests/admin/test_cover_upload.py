import zlib
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from PIL import Image

from bookstore.catalog.covers import pictures
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book

from .test_books import filled_in, page_of, problems

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def encoded(size=(800, 1200), kind="JPEG", colour="firebrick", mode="RGB", **more):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **more)
    return out.getvalue()


def upload(content, name="emma.jpg"):
    return SimpleUploadedFile(name, content, "image/jpeg")


def files(media):
    return sorted(path.name for path in Path(media).rglob("*") if path.is_file())


def stored(file):
    with file.open() as opened:
        return opened.read()


def picture(file):
    return Image.open(BytesIO(stored(file)))


def save(admin, book, **changes):
    return admin.post(page_of(book), filled_in(book, **changes))


@pytest.fixture
def emma():
    return BookFactory(title="Emma", isbn13="9780141439587")


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_an_uploaded_cover_is_shown_instead_of_the_drawn_one(admin, client, emma):
    assert ".svg" in client.get(emma.get_absolute_url()).content.decode()

    assert save(admin, emma, cover=upload(encoded())).status_code == 302

    emma.refresh_from_db()
    page = client.get(emma.get_absolute_url()).content.decode()
    assert f'src="{emma.cover.url}"' in page
    assert 'alt="The cover of Emma"' in page
    assert f'"image": "http://testserver{emma.cover.url}"' in page
    assert f'src="{emma.cover_small.url}"' in client.get(reverse("catalog:books")).content.decode()
    assert f'src="{emma.cover_small.url}"' in client.get(reverse("catalog:home")).content.decode()
    assert f'src="{emma.cover_small.url}"' in admin.get(page_of(emma)).content.decode()


def test_a_cover_is_encoded_again_in_two_sizes(admin, emma):
    save(admin, emma, cover=upload(encoded((1600, 2400), "PNG")))

    emma.refresh_from_db()
    large, small = picture(emma.cover), picture(emma.cover_small)
    assert (large.format, large.size) == ("WEBP", (640, 960))
    assert (small.format, small.size) == ("WEBP", (300, 450))


def test_nothing_but_the_picture_is_kept(admin, emma):
    exif = Image.Exif()
    exif[0x010E] = "Taken at home"
    save(admin, emma, cover=upload(encoded(exif=exif, comment=b"secret words", icc_profile=b"profile" * 40)))

    emma.refresh_from_db()
    kept = stored(emma.cover) + stored(emma.cover_small)
    for word in (b"Taken at home", b"secret words", b"profile", b"EXIF", b"ICCP"):
        assert word not in kept
    assert emma.cover.name.startswith("covers/9780141439587-")
    assert "emma" not in emma.cover.name


def test_a_photograph_taken_sideways_stands_upright(admin, emma):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    save(admin, emma, cover=upload(encoded((1200, 800), exif=exif)))

    emma.refresh_from_db()
    assert picture(emma.cover).size == (640, 960)


@pytest.mark.parametrize(
    ("mode", "kind", "colour"),
    [("RGBA", "PNG", (255, 0, 0, 0)), ("P", "PNG", 3), ("1", "PNG", 1), ("LA", "PNG", (9, 0)), ("CMYK", "JPEG", 0),
     ("I;16", "PNG", 9), ("L", "JPEG", 200), ("RGBA", "WEBP", (0, 0, 0, 0))],
)  # fmt: skip
def test_pictures_of_every_kind_are_read(admin, emma, mode, kind, colour):
    response = save(admin, emma, cover=upload(encoded(mode=mode, kind=kind, colour=colour)))

    assert response.status_code == 302, problems(response)
    emma.refresh_from_db()
    assert picture(emma.cover).mode == "RGB"


def test_what_is_transparent_becomes_white(admin, emma):
    save(admin, emma, cover=upload(encoded(mode="RGBA", kind="PNG", colour=(0, 0, 0, 0))))

    emma.refresh_from_db()
    assert min(picture(emma.cover).getpixel((50, 50))) > 250


def claims_to_be(width, height):
    """A PNG of a few bytes whose header says more."""
    png = bytearray(encoded((200, 300), "PNG"))
    png[16:24] = width.to_bytes(4) + height.to_bytes(4)
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4)
    return bytes(png)


BAD = {
    "no picture": (b"Emma Woodhouse, handsome, clever, and rich", "no picture that we can read"),
    "cut off": (encoded()[:2000], "no picture that we can read"),
    "cut off PNG": (encoded(kind="PNG", size=(900, 1400))[:300], "no picture that we can read"),
    "GIF": (encoded(kind="GIF"), "no picture that we can read"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no picture"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 450\n", "no picture that we can read"),
    "too many pixels": (claims_to_be(8000, 5001), "at most 40 million pixels"),
    "a bomb": (claims_to_be(100_000, 100_000), "at most 40 million pixels"),
    "tiny": (encoded((99, 300)), "too small"),
    "a ribbon": (encoded((100, 301)), "too long or too wide"),
    "empty": (b"", "empty"),
    "too heavy": (encoded() + b"\0" * pictures.MOST_BYTES, "at most 5 MB"),
}


@pytest.mark.parametrize(("content", "says"), BAD.values(), ids=BAD)
def test_a_file_that_is_no_cover_is_told_at_the_field_and_changes_nothing(admin, emma, media, content, says):
    save(admin, emma, cover=upload(encoded()))
    before = files(media)

    response = save(admin, emma, cover=upload(content), title="Emma, again")

    assert says in problems(response)["cover"][0]
    emma.refresh_from_db()
    assert (emma.title, files(media)) == ("Emma", before)
    assert emma.cover_files == {f"covers/{name}" for name in before}


def test_another_cover_takes_the_files_of_the_old_one_away(admin, emma, media, commits):
    save(admin, emma, cover=upload(encoded()))
    before = set(files(media))

    with commits():
        save(admin, emma, cover=upload(encoded(colour="navy")))

    assert len(files(media)) == 2
    assert before.isdisjoint(files(media))


def test_the_same_cover_again_stays(admin, emma, media, commits):
    for _ in range(2):
        with commits():
            save(admin, emma, cover=upload(encoded()))

    emma.refresh_from_db()
    assert sorted(Path(name).name for name in emma.cover_files) == files(media)


def test_a_cover_that_is_removed_gives_way_to_the_drawn_one(admin, emma, media, commits):
    save(admin, emma, cover=upload(encoded()))

    with commits():
        save(admin, emma, **{"cover-clear": "on"})

    emma.refresh_from_db()
    assert not emma.cover
    assert not emma.cover_small
    assert emma.cover_url == emma.small_cover_url == emma.drawn_cover_url
    assert files(media) == []


def test_a_change_that_comes_to_nothing_keeps_the_files(admin, emma, media, commits):
    save(admin, emma, cover=upload(encoded()))
    before = files(media)

    with commits(), transaction.atomic():
        save(admin, emma, **{"cover-clear": "on"})
        transaction.set_rollback(True)

    assert files(media) == before


def test_other_changes_leave_the_cover_alone(admin, emma, media, commits):
    save(admin, emma, cover=upload(encoded()))
    before = files(media)

    with commits():
        save(admin, Book.objects.get(), title="Emma, again")

    assert files(media) == before
    assert Book.objects.get().cover_files == {f"covers/{name}" for name in before}


def test_a_book_that_is_deleted_takes_its_files_along(admin, media, commits):
    books = BookFactory.create_batch(2, stock=0)
    for book in books:
        save(admin, book, cover=upload(encoded()))
    chosen = {"action": "delete_selected", "_selected_action": [b.pk for b in books], "post": "yes"}

    with commits():
        admin.post(reverse("admin:catalog_book_changelist"), chosen)

    assert not Book.objects.exists()
    assert files(media) == []


def test_a_cover_is_served_to_be_kept_for_ever(admin, client, emma):
    save(admin, emma, cover=upload(encoded()))
    emma.refresh_from_db()

    response = client.get(emma.cover.url)

    assert b"".join(response)[8:12] == b"WEBP"
    response.close()
    assert response["Content-Type"] == "image/webp"
    assert "immutable" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.post(emma.cover.url).status_code == 405


def test_the_address_of_the_drawn_cover_leads_to_the_uploaded_one(admin, client, emma):
    """The cart and the review page know the ISBN only."""
    address = reverse("catalog:cover", args=[emma.isbn13])
    save(admin, emma, cover=upload(encoded()))
    emma.refresh_from_db()

    response = client.get(address)

    assert (response.status_code, response["Location"]) == (302, emma.cover_small.url)
    assert response["Cache-Control"] == "public, max-age=60"
    assert client.get(f"{address}?v={emma.cover_version}")["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    ["9780141439587-0123456789abcdef.webp", "../bookstore.sqlite3", "..%2F..%2Fetc%2Fpasswd", "x.html"],
)
def test_only_covers_that_are_there_are_served(client, media, path):
    (media / "covers").mkdir(parents=True)
    (media / "covers" / "x.html").write_text("<script>")

    assert client.get(f"/media/covers/{path}").status_code == 404


def test_who_may_only_look_uploads_nothing(desk, emma, media):
    looking = desk("view_book")

    assert looking.post(page_of(emma), filled_in(emma, cover=upload(encoded()))).status_code == 403
    assert looking.get(page_of(emma)).status_code == 200
    assert files(media) == []


def test_a_cover_that_somebody_else_changed_meanwhile_is_not_written_back(admin, emma, monkeypatch):
    default_storage.save("covers/new.webp", upload(encoded()))
    reads = Book.objects.select_for_update

    def meanwhile(*args, **kwargs):
        Book.objects.filter(pk=emma.pk).update(cover="covers/new.webp")
        return reads(*args, **kwargs)

    monkeypatch.setattr(Book.objects, "select_for_update", meanwhile)
    save(admin, emma, title="Emma, again")

    emma.refresh_from_db()
    assert (emma.title, emma.cover.name) == ("Emma, again", "covers/new.webp")
