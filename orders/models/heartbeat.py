"""Signs of life of the shop's own processes, for `manage.py doctor`."""

from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """When a process of this name last did something."""

    class Name(models.TextChoices):
        TEND = "tend", "The sweep (manage.py tend)"
        WORKER = "worker", "The worker (manage.py db_worker)"

    name = models.CharField(primary_key=True, max_length=20, choices=Name)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"

    @classmethod
    def beat(cls, name: Name) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})
