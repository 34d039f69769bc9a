from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from .models import Book


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/home.html", {"books": Book.objects.for_sale()[:6]})


def book_list(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/book_list.html", {"books": Book.objects.for_sale()[:24]})


def book_detail(request: HttpRequest, slug: str) -> HttpResponse:
    book = get_object_or_404(Book.objects.for_sale(), slug=slug)
    return render(request, "catalog/book_detail.html", {"book": book})


def cover(request: HttpRequest, isbn13: str) -> HttpResponse:
    return HttpResponse(status=404)
