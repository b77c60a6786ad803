"""The one way a build fails."""


class BuildError(Exception):
    """A par cannot be built. The message says what failed, on which file, why, and what to do."""
