class StackError(Exception):
    """Something that the person at the terminal can mend, said in a line."""


class StoppedWhileStartingError(StackError):
    """The stack was closed while something still waited for it."""
