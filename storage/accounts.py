"""Accounts as they are kept: what a platform calls somebody, behind the workspace, app or number it is of."""


def bare_account(account_id: str) -> str:
    """As the platform calls them: `U0RITA` of `T0HUB:U0RITA`."""
    return account_id.rpartition(":")[2]
