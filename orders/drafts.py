"""What a visitor has filled in at checkout, kept in the session: the way back from paying, a second press of the same
button and the next order all find it there.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from .addresses import Address
from .forms import DetailsForm
from .models import Order

SESSION_DRAFT = "checkout"


def draft_of(request: HttpRequest) -> dict[str, Any]:
    """The visitor's details by field name; a user who ordered before finds those of the last order."""
    draft = request.session.get(SESSION_DRAFT)
    return draft if draft is not None else _from_last_order(request)


def keep(request: HttpRequest, data: Mapping[str, Any]) -> None:
    request.session[SESSION_DRAFT] = {name: data.get(name, "") for name in DetailsForm.base_fields}


def _from_last_order(request: HttpRequest) -> dict[str, Any]:
    if not request.user.is_authenticated:
        return {}
    last = Order.objects.of_user(request.user).first()
    if last is None:
        return {"email": request.user.email, "full_name": request.user.full_name}
    names = ("email", *Address.__dataclass_fields__)
    return {name: getattr(last, name) for name in names}
