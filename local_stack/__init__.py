"""The system without Docker: embedded PostgreSQL, four services, the order worker and the gateway,
all supervised.
"""

from local_stack.errors import StackError
from local_stack.stack import Stack

__all__ = ["Stack", "StackError"]
