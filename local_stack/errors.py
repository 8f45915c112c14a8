class StackError(Exception):
    """An error that the user can fix. The message is one line."""


class StoppedWhileStartingError(StackError):
    """The stack was closed while a part was still starting."""
