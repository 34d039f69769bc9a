"""Notes for colleagues, and mails that go out once more."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime

from bookstore.accounts.models import User
from orders import mails
from orders.admin.situation import Situation
from orders.models import Order, OrderEvent, OrderMail

from .base import Act, ActForm, Refused

LONGEST_NOTE = 300


@transaction.atomic
def note_once(order: Order, text: str, person: User) -> bool:
    """Write a note. False: it is what the same person wrote last, so that a form that was sent twice writes one."""
    Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    last = order.events.filter(kind=OrderEvent.Kind.NOTE, actor=person).last()
    if last and last.text == text[:LONGEST_NOTE]:
        return False
    order.note(OrderEvent.Kind.NOTE, text, actor=person)
    return True


class NoteForm(ActForm):
    text = forms.CharField(
        label="Note",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For colleagues; the shopper does not see it. It cannot be changed or deleted later.",
    )


class WriteNote(Act):
    name = "note"
    label = "Add a note"
    permission = "orders.annotate_order"
    button = "Add the note"
    form = NoteForm

    def is_possible(self, situation: Situation) -> bool:
        return True

    def do(self, form: NoteForm, person: User) -> str:
        note_once(form.situation.order, form.cleaned_data["text"], person)
        return "The note is added."


class MailChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_kind_display()}, sent {date_format(localtime(obj.sent_at), 'j M Y, H:i')}"


class ResendForm(ActForm):
    mail = MailChoice(OrderMail.objects.none(), widget=forms.RadioSelect, empty_label=None)

    def __init__(self, situation: Situation, data: Any = None) -> None:
        super().__init__(situation, data)
        cast("MailChoice", self.fields["mail"]).queryset = situation.sent_mails


class Resend(Act):
    name = "resend"
    label = "Send a mail again"
    permission = "orders.annotate_order"
    button = "Send it again"
    form = ResendForm

    def is_possible(self, situation: Situation) -> bool:
        return situation.has_sent_mails

    def was_done(self, situation: Situation, key: UUID) -> bool:
        return situation.order.mails.filter(resend_key=key).exists()

    def explain(self, situation: Situation) -> list[str]:
        return [f"It goes to {situation.order.email}."]

    def do(self, form: ResendForm, person: User) -> str:
        if not mails.resend(form.cleaned_data["mail"], key=form.cleaned_data["key"], actor=person):
            raise Refused("Somebody was faster: this mail is on its way already.")
        return "The mail is on its way once more."
