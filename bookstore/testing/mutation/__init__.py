"""Mutation testing: does a test notice when a line that moves money is wrong?

mutmut makes the mutants (its operators, its settings in pyproject.toml), this package tries them. mutmut itself leaves
every decorated function alone, which here are the receivers of signals, the tasks, the webhook and whatever runs in a
transaction; and it starts Django and a database for every mutant. Here a mutant is the compiled code of one function,
put in place of the original in a fork of a test session that has everything ready.
"""
