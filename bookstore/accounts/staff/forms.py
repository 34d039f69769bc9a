"""Codes as they are typed."""

from typing import Any

from django import forms
from django_otp.models import Device

from .. import second_factor
from ..models import User


class CodeForm(forms.Form):
    """A code that shows who it is; valid once. `device` is the one that it came from."""

    code = forms.CharField(
        max_length=30,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text="Six digits from the app on your phone, or one of your recovery codes.",
        error_messages={"required": "Enter a code."},
    )
    wait = 0
    """Seconds; not 0 when there were too many wrong codes."""

    device: Device

    def __init__(self, person: User, data: Any = None) -> None:
        super().__init__(data)
        self.person = person

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        try:
            is_right = self.accepts(code)
        except second_factor.Wait as refusal:
            self.wait = refusal.seconds
            raise forms.ValidationError(
                f"There were wrong codes. Wait {self.wait} s, then enter one again."
            ) from refusal
        if not is_right:
            raise forms.ValidationError("This code is not right, or was used before.")
        return code

    def accepts(self, code: str) -> bool:
        device = second_factor.verify(self.person, code)
        if device is not None:
            self.device = device
        return device is not None


class NewPhoneForm(CodeForm):
    """The first code of a phone that was just set up. Leaves `recovery_codes`, which nobody can read again."""

    recovery_codes: list[str]

    def __init__(self, person: User, data: Any = None) -> None:
        super().__init__(person, data)
        self.fields["code"].help_text = "The six digits that the app shows now."

    def accepts(self, code: str) -> bool:
        confirmed = second_factor.confirm(self.person, code)
        if confirmed is not None:
            self.device, self.recovery_codes = confirmed
        return confirmed is not None
