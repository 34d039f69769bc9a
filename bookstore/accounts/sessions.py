"""Where sessions are kept (SESSION_ENGINE): in the database, as Django does it; those of staff end when left idle."""

from typing import Any

from django.contrib.sessions.backends import db

from .idle import ENDED, is_over


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        """Nothing of a session that has ended, whoever reads it first: a page of the shop or of the admin."""
        data = super().load()
        return {ENDED: True} if is_over(data) else data
