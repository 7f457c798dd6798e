"""Data that is made on the spot, the same for the same seed."""
