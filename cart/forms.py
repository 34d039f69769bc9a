from django import forms

from .models import MAX_COPIES


class QuantityForm(forms.Form):
    """How many copies; 0 takes the book out of the cart."""

    quantity = forms.IntegerField(
        min_value=0,
        max_value=MAX_COPIES,
        error_messages={
            "required": "Enter how many copies you would like.",
            "invalid": "Enter the number of copies in figures, like 2.",
            "min_value": "Enter 0 to remove the book, or a number from 1.",
            "max_value": f"You can order up to {MAX_COPIES} copies of a book at once.",
        },
    )


class AddForm(QuantityForm):
    """Copies to put into the cart; one when nothing is said."""

    quantity = forms.IntegerField(
        min_value=1,
        max_value=MAX_COPIES,
        required=False,
        error_messages={
            "invalid": "Enter the number of copies in figures, like 2.",
            "min_value": "Enter a number from 1.",
            "max_value": f"You can order up to {MAX_COPIES} copies of a book at once.",
        },
    )

    def clean_quantity(self) -> int:
        return self.cleaned_data["quantity"] or 1


class UndoForm(forms.Form):
    """A book that was removed, as the cart's address names it."""

    removed = forms.IntegerField(min_value=1)
    copies = forms.IntegerField(min_value=1, max_value=MAX_COPIES)
