"""The one exception that means: the user asked for something that is not possible."""


class UsageError(ValueError):
    """A mistake of the caller, told in one sentence: what was wrong, what is allowed.

    The command line prints the sentence and exits with code 2; nothing has been computed or
    changed when it is raised.
    """

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it: the sentence alone (IPython asks for this)."""
        return [f"{type(self).__name__}: {self}"]
