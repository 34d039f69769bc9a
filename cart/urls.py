from django.urls import path

from . import views

app_name = "cart"

urlpatterns = [
    path("", views.detail, name="detail"),
    path("add/<int:book_id>/", views.add, name="add"),
    path("change/<int:book_id>/", views.change, name="change"),
    path("remove/<int:book_id>/", views.remove, name="remove"),
]
