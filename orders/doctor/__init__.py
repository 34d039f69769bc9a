"""`manage.py doctor`: looks at all that the shop needs in order to work, and says what to do where it is not well."""

import logging
from collections.abc import Iterable, Iterator

from django.db import DatabaseError

from payments import examining
from payments.examining import Examination, Finding, Grade, warning, wrong

from . import place, processes

logger = logging.getLogger(__name__)

WITHOUT_DATABASE: tuple[Examination, ...] = (
    place.caching,
    place.check,
    *examining.OF_SETTINGS,
    *examining.AT_STRIPE,
)
IN_DATABASE: tuple[Examination, ...] = (
    place.migrations,
    place.clock_of_database,
    *examining.IN_DATABASE,
    *processes.EXAMINATIONS,
)


def examine() -> Iterator[Finding]:
    """Everything that is found. What needs the database is left out when it does not answer: each would wait anew."""
    database = list(place.database())
    yield from database
    yield from run(WITHOUT_DATABASE)
    if all(finding.grade == Grade.OK for finding in database):
        yield from run(IN_DATABASE)
    else:
        names = ", ".join(map(_name, IN_DATABASE))
        yield warning("not looked at", names, "They need the database.")


def run(examinations: Iterable[Examination]) -> Iterator[Finding]:
    """An examination that fails is a finding as well."""
    for examination in examinations:
        try:
            yield from examination()
        except DatabaseError as error:
            remedy = "See what is said about database and migrations."
            yield warning(_name(examination), f"could not be looked at: {_words(error)}", remedy)
        except Exception as error:  # whatever it is, the other examinations go on
            logger.exception("Examination %s failed", _name(examination))
            remedy = "That is a fault of the doctor's: please report it with this line."
            yield wrong(_name(examination), f"could not be looked at: {_words(error)}", remedy)


def _name(examination: Examination) -> str:
    return examination.__name__.replace("_", " ")


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {place.first_line(error)}".removesuffix(": ")
