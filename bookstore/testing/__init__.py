"""What only the test suite needs: a private PostgreSQL, a Chromium, a guard before the network."""
