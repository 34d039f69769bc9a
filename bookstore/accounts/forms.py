"""What people are asked for: never more than an e-mail address, one password, and a name if they like."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password

from .models import User

MISSING_EMAIL = "Enter your e-mail address."
WRONG_EMAIL = "Enter an e-mail address like name@example.com."


def email_field(*, autocomplete: str = "email") -> forms.EmailField:
    return forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"}),
        error_messages={"required": MISSING_EMAIL, "invalid": WRONG_EMAIL},
    )


def password_field(label: str, *, autocomplete: str, help_text: str = "") -> forms.CharField:
    """Asked for once; spaces count; password managers are welcome."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"}),
        error_messages={"required": f"Enter your {label.lower()}."},
    )


def new_password_field(label: str) -> forms.CharField:
    return password_field(
        label,
        autocomplete="new-password",
        help_text="At least 8 characters. A few words in a row are easy to remember and hard to guess.",
    )


class SignInForm(AuthenticationForm):
    """Says the same whether the address is unknown, the password wrong or the account closed."""

    username = email_field(autocomplete="username")
    password = password_field("Password", autocomplete="current-password")

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "The e-mail address or the password is not right.",
    }


class SignUpForm(forms.ModelForm):
    email = email_field()
    password = new_password_field("Password")

    field_order = ("full_name", "email", "password")

    class Meta:
        model = User
        fields = ("full_name", "email")
        widgets: ClassVar = {"full_name": forms.TextInput(attrs={"autocomplete": "name"})}

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean(self) -> dict[str, Any] | None:
        """Passwords are judged last, because one may resemble the address."""
        cleaned = super().clean()
        if password := self.cleaned_data.get("password"):
            try:
                validate_password(password, User(email=self.cleaned_data.get("email", "")))
            except forms.ValidationError as weakness:
                self.add_error("password", weakness)
        return cleaned


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("full_name",)
        widgets: ClassVar = {"full_name": forms.TextInput(attrs={"autocomplete": "name"})}


class ForgottenPasswordForm(forms.Form):
    email = email_field()


class NewPasswordForm(forms.Form):
    new_password = new_password_field("New password")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        validate_password(password, self.user)
        return password

    def save(self) -> User:
        """Every session of the user that was opened with the old password ends."""
        self.user.set_password(self.cleaned_data["new_password"])
        self.user.save(update_fields=["password"])
        return self.user


class ChangePasswordForm(NewPasswordForm):
    current_password = password_field("Current password", autocomplete="current-password")

    field_order = ("current_password", "new_password")

    def clean_current_password(self) -> str:
        password = self.cleaned_data["current_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your current password.")
        return password
