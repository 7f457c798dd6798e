"""Lesson 01, chapter 4 of nahm2020."""
