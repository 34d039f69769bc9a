"""Pages of an account. Nothing in the shop needs one."""

from functools import partial

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import (
    LoginView,
    PasswordResetConfirmView,
    RedirectURLMixin,
)
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import FormView

from .forms import (
    ChangePasswordForm,
    ForgottenPasswordForm,
    NewPasswordForm,
    ProfileForm,
    SignInForm,
    SignUpForm,
)
from .guesses import TooMany, forgotten_passwords, guarded, sign_ins, too_many_page
from .mail import send_password_reset
from .models import User


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` is given."""

    user: User


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:  # type: ignore[override]
        judge = partial(super().post, request, *args, **kwargs)
        return guarded(sign_ins, request, request.POST.get("username", ""), judge)


@method_decorator([sensitive_post_parameters("password"), never_cache], name="dispatch")
class SignUp(RedirectURLMixin, FormView):
    """Makes an account and signs in at once. `next` is followed only within the shop."""

    template_name = "accounts/sign_up.html"
    form_class = SignUpForm
    next_page = "accounts:account"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        try:
            with transaction.atomic():
                user = User.objects.create_user(**form.cleaned_data)
        except IntegrityError:  # the same address, a moment earlier, in another window
            form.add_error("email", "There is an account with this e-mail address already.")
            return self.form_invalid(form)
        login(self.request, user)
        messages.success(self.request, "Your account is ready, and you are signed in.")
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return super().get_context_data(**kwargs) | {"next": self.get_redirect_url()}


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, "You are signed out.")
    return redirect("catalog:home")


@never_cache
@login_required
@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    return render(request, "accounts/account.html")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your name is saved.")
        return redirect("accounts:account")
    return render(request, "accounts/profile.html", {"form": form})


@sensitive_post_parameters("current_password", "new_password")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password_change(request: SignedInRequest) -> HttpResponse:
    """Other devices are signed out, this one stays signed in."""
    form = ChangePasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. On other devices you are signed out.")
        return redirect("accounts:account")
    return render(request, "accounts/password_change.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """Does and answers the same for every address; only the worker finds out whether it has an account."""
    form = ForgottenPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            forgotten_passwords.count(request, form.cleaned_data["email"])
        except TooMany as refusal:
            return too_many_page(request, refusal)
        send_password_reset.enqueue(email=form.cleaned_data["email"])
        return redirect("accounts:password_reset_sent")
    return render(request, "accounts/password_reset.html", {"form": form})


@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_sent.html")


class PasswordResetConfirm(PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    form_class = NewPasswordForm  # type: ignore[assignment]  # asks once, where Django's asks twice
    success_url = reverse_lazy("accounts:password_reset_complete")


@require_safe
def password_reset_complete(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_complete.html")
