"""The ways in which an audit can fail to be one."""


class ShopError(Exception):
    """The system cannot be read; why, in one line."""


class LoginRefused(ShopError):
    """The login is wrong, or not of staff."""
