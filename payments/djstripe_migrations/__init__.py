"""dj-stripe's tables in one migration.

Upstream's own three migrations rename and rebuild their way through 45 seconds; `0001_squashed_0003_2_11` replaces them
and creates the same schema at once (settings.MIGRATION_MODULES; bookstore/tests/test_migrations.py holds the equality).
A database made by either can go on with the other.

When a new dj-stripe brings a further migration, copy that file here under its own name. Do not regenerate the first
one: databases that have applied it would be left half-way.
"""
