from local_stack import StackError


class AuditError(StackError):
    """The system cannot be read. The message is one line."""


class LoginRejected(AuditError):
    """The login is wrong, or not a staff login."""
