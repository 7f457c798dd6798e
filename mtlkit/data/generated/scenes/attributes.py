"""What a scene is made of: the things that pictures show and captions name."""

from __future__ import annotations

SHAPES = ("circle", "square", "triangle", "cross", "star", "ring")
COLOURS = ("purple", "blue", "red", "green", "orange", "yellow")  # the darkest first
SIZES = ("small", "big")
RELATIONS = ("left of", "right of", "above", "below")  # the first object is so to the second
BACKGROUNDS = ("pale", "dark", "striped", "dotted")

SHAPE, COLOUR, SIZE = range(3)
"""Where an object's attributes stand."""

SIDE = 32
"""Of a picture, in pixels."""

SIDES = (8, 14)
"""Of an object of each size, in pixels."""
