"""The worker in tests: does now what is due now."""

from django.core.management import call_command


def run_due_tasks() -> None:
    """Run all tasks that are due, as `manage.py db_worker` does, and come back."""
    call_command("db_worker", batch=True, interval=0, startup_delay=False, reload=False, verbosity=0)
