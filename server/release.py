"""Which release of whatworks is running."""


def version() -> str:
    """Return the installed version, `unknown` when the package was never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("whatworks")
    except PackageNotFoundError:
        return "unknown"
