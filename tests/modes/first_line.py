"""Gives a sign to strace in its first line; what comes before is the start of a par, and what comes after its end."""

import posix

posix.access("/the-first-line-of-user-code", posix.F_OK)
print("done")
