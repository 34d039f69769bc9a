from django.urls import path

from . import views

app_name = "catalog"

urlpatterns = [
    path("", views.home, name="home"),
    path("books/", views.book_list, name="books"),
    path("books/<slug:slug>/", views.book_detail, name="book"),
    path("covers/<str:isbn13>.svg", views.cover, name="cover"),
]
