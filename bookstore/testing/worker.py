"""The worker in tests: does now what is due now."""

from django_tasks_db.models import DBTaskResult


def run_due_tasks() -> int:
    """Run all tasks that are due, as `manage.py db_worker` does, and say how many; a task's error is raised.

    The command itself drops the database connection between tasks, and with it a test's transaction.
    """
    done = 0
    while row := DBTaskResult.objects.ready().first():
        row.claim("tests")
        row.set_successful(row.task.call(*row.task_result.args, **row.task_result.kwargs))
        done += 1
    return done
