"""What can go wrong while a report is made, apart from a user's mistake."""


class ReportFailed(RuntimeError):
    """A page has a fault, such as a broken link or a formula that cannot be shown."""


class NotebookFailed(ReportFailed):
    """A cell of a notebook, or a callback of one of its widgets, raised an error."""
