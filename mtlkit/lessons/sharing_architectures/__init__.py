"""Lesson 03: when does sharing help?"""
