"""The proofs of docs/reliability.md: short with every test run, long with `make prove`."""
