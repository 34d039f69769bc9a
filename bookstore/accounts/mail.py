"""Mails about an account."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django_tasks import task


@task()
def send_password_reset(email: str) -> None:
    """Mail a link to choose a new password to whoever has an account with this address; to nobody else."""
    form = PasswordResetForm({"email": email})
    form.is_valid()
    site = urlsplit(settings.SITE_URL)
    form.save(
        domain_override=site.netloc,
        use_https=site.scheme == "https",
        subject_template_name="accounts/mail/password_reset_subject.txt",
        email_template_name="accounts/mail/password_reset.txt",
        html_email_template_name="accounts/mail/password_reset.html",
        extra_email_context={"shop_name": settings.SHOP_NAME},
    )
