"""What the API remembers for a while, and then forgets."""

from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from .models import IdempotentRequest


def prune() -> int:
    """Delete what is of no use any more: keys of old requests, tokens that have expired. Returns how many."""
    keys, _ = IdempotentRequest.objects.outdated().delete()
    expired = OutstandingToken.objects.filter(expires_at__lte=timezone.now())
    tokens = expired.count()
    expired.delete()  # with what was noted about them
    return keys + tokens
