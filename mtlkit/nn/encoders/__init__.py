"""Encoders: from a picture or a caption to features, before any projection."""

from mtlkit.nn.encoders.pictures import IMAGE_ENCODERS, image_encoder
from mtlkit.nn.encoders.text import TEXT_ENCODERS, text_encoder

__all__ = ["IMAGE_ENCODERS", "TEXT_ENCODERS", "image_encoder", "text_encoder"]
