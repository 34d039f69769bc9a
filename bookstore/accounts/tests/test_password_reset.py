"""A forgotten password: a link by mail, a new password."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.accounts.mail import send_password_reset
from bookstore.accounts.models import User
from bookstore.testing.worker import run_due_tasks

pytestmark = pytest.mark.django_db

PAGE = "/account/password/forgotten/"
FRESH = "three owls on a wire"


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com")


def ask(client, email="ada@example.com"):
    return client.post(PAGE, {"email": email}, follow=True)


def link_in(mail):
    (link,) = re.findall(r"http://testserver(/\S+)", mail.body)[:1]
    return link


def page_behind(client, link):
    """The page that a link leads to; the token moves out of the address on the way."""
    return client.get(link, follow=True)


def save(client, response, password):
    return client.post(response.request["PATH_INFO"], {"new_password": password}, follow=True)


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_every_address_gets_the_same_answer_and_the_same_work(client, ada, email, django_assert_num_queries):
    with django_assert_num_queries(1):  # the task
        response = client.post(PAGE, {"email": email})

    assert response.url == reverse("accounts:password_reset_sent")
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_mails_the_link(client, ada, mailoutbox):
    ask(client, "ADA@example.com")
    run_due_tasks()

    (mail,) = mailoutbox
    assert mail.to == ["ada@example.com"]
    assert mail.subject == "Choose a new password for Endpapers"
    assert [kind for _, kind in mail.alternatives] == ["text/html"]
    assert link_in(mail) in mail.alternatives[0][0]


def test_a_link_leads_to_a_new_password(client, ada, mailoutbox):
    send_password_reset.call(email=ada.email)

    response = save(client, page_behind(client, link_in(mailoutbox[0])), FRESH)

    ada.refresh_from_db()
    assert "Your new password is saved" in response.content.decode()
    assert ada.check_password(FRESH)


def test_a_new_password_signs_every_device_out(client, ada, mailoutbox):
    phone = Client()
    phone.force_login(User.objects.get())
    send_password_reset.call(email=ada.email)

    save(client, page_behind(client, link_in(mailoutbox[0])), FRESH)

    assert phone.get("/account/").status_code == 302


def test_a_link_works_once(client, ada, mailoutbox):
    send_password_reset.call(email=ada.email)
    link = link_in(mailoutbox[0])
    save(client, page_behind(client, link), FRESH)

    assert "This link no longer works" in page_behind(Client(), link).content.decode()


@pytest.mark.parametrize("token", ["abc", "set-password", "c0ffee-" + "0" * 32])
def test_a_link_made_up_does_not_work(client, ada, token):
    response = page_behind(client, f"/account/password/new/MQ/{token}/")

    assert "This link no longer works" in response.content.decode()


def test_a_weak_password_is_not_saved(client, ada, mailoutbox):
    send_password_reset.call(email=ada.email)

    response = save(client, page_behind(client, link_in(mailoutbox[0])), "123")

    ada.refresh_from_db()
    assert response.context["form"].errors["new_password"]
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize("user", [{"is_active": False}, {"password": None}])
def test_an_account_that_is_closed_or_has_no_password_gets_no_link(user, mailoutbox):
    UserFactory(email="ada@example.com", **user)

    send_password_reset.call(email="ada@example.com")

    assert mailoutbox == []


def test_an_unknown_address_gets_no_mail(mailoutbox):
    send_password_reset.call(email="nobody@example.com")

    assert mailoutbox == []


@pytest.mark.parametrize(
    ("email", "wrong"),
    [("", "Enter your e-mail address."), ("nobody", "Enter an e-mail address like name@example.com.")],
)
def test_what_is_no_address_is_said(client, email, wrong):
    response = ask(client, email)

    assert response.context["form"].errors == {"email": [wrong]}
    assert not DBTaskResult.objects.exists()


@pytest.mark.parametrize(
    ("page", "method"),
    [("password_reset", "put"), ("password_reset_sent", "post"), ("password_reset_complete", "post")],
)
def test_other_methods_are_refused(client, page, method):
    assert getattr(client, method)(reverse(f"accounts:{page}")).status_code == 405


def test_the_last_pages_say_what_comes_next(client):
    assert "Look into your mail" in client.get(reverse("accounts:password_reset_sent")).content.decode()
    assert "saved" in client.get(reverse("accounts:password_reset_complete")).content.decode()
