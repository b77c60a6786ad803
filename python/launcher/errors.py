"""Why the launcher refuses to go on, with the exit status (sysexits.h) that says which kind of reason it is."""

USAGE = 64  # EX_USAGE: what was asked for, by name or variable, is not in the par
DAMAGED = 65  # EX_DATAERR: the par is not what the builder wrote
UNREADABLE = 66  # EX_NOINPUT: the par cannot be opened
SYSTEM = 71  # EX_OSERR: the system refuses what a par needs
WRONG_PYTHON = 78  # EX_CONFIG: wrong Python version, ABI or machine


class Refusal(Exception):
    """The par cannot run. `message` is one line: what is wrong and what to do."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status
        self.message = message
