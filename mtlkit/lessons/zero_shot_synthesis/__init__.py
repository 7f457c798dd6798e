"""Lesson 09: synthetic features for compositions that nobody has a picture of."""
