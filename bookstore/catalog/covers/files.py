"""Files of covers that no book shows any more."""

from collections.abc import Iterable
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction


def remove_files(names: Iterable[str]) -> None:
    """When the transaction is committed: a change that comes to nothing keeps its files."""
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name), robust=True)
