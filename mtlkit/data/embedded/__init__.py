"""Real data that comes with a library, so that it needs no network."""
