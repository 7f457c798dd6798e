"""Measures that no single lesson owns."""
