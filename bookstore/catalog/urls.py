from django.urls import path, re_path

from . import views

app_name = "catalog"

urlpatterns = [
    path("", views.home, name="home"),
    path("books/", views.book_list, name="books"),
    path("books/<slug:slug>/", views.book_detail, name="book"),
    re_path(r"^covers/(?P<isbn13>[0-9]{13})\.svg$", views.cover, name="cover"),
    re_path(
        r"^media/covers/(?P<name>[0-9]{13}-[0-9a-f]{16}(?:_\w{7})?\.webp)$", views.picture, name="picture"
    ),
]
