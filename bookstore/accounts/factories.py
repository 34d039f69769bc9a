"""People for tests. Their password is `PASSWORD`."""

import factory

from .models import User

PASSWORD = "a lamp, a chair, a book"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"reader{n}@example.com")
    full_name = factory.Faker("name", locale="en_GB")
    password = factory.django.Password(PASSWORD)


class StaffFactory(UserFactory):
    """May do everything in the admin."""

    email = factory.Sequence(lambda n: f"bookseller{n}@example.com")
    is_staff = True
    is_superuser = True
