"""Numbers that describe pictures and captions, computed once and not trained with the lessons."""
