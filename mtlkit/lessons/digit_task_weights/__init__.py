"""Lesson 02, chapter 5 of nahm2020, in its smallest form."""
