"""Who is signed in (AUTHENTICATION_BACKENDS)."""

from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef
from django_otp.plugins.otp_totp.models import TOTPDevice

from .models import User


class People(ModelBackend):
    """Django's own. It also finds out, by the same query, who has a second factor: the admin asks with every page."""

    def get_user(self, user_id: int) -> User | None:
        phones = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        user = User.objects.annotate(has_second_factor=Exists(phones)).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
