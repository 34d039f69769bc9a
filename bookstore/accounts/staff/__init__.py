"""The admin as a place that staff enter: signing in, the second factor."""
