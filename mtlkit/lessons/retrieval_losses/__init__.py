"""Lesson 07: which loss retrieves best, and is it the negatives?"""
