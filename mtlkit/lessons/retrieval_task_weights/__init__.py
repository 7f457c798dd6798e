"""Lesson 08: learned task weights across two collections of pictures and captions."""
