"""What all pages of the admin have in common."""

import pytest
from django.contrib import admin
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory

pytestmark = pytest.mark.django_db


def test_every_box_to_search_with_says_what_it_looks_for(client):
    client.force_login(StaffFactory())

    for model, page in admin.site._registry.items():
        listed = client.get(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        ).text
        assert ('id="searchbar"' in listed) is bool(page.search_fields), model
        assert 'id="searchbar_helptext">None' not in listed, model
