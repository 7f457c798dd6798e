"""Lesson 04: gated mixtures of experts."""
