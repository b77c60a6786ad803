"""What the rule decides about a par."""

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Options:
    """What the rule decides about a par that is not in the manifest.

    Attributes:
        main: member path of the program.
        workspace: name of the main repository in runfiles.
        interpreter: the `#!` line without `#!`; "" for `/usr/bin/env python3.<minor>`.
        host_libraries: SONAMEs that the host may provide, beside the policy.
        entry_points: (name, "module:function") of the scripts that the par is started as.
        interposer: the shared object that lets C code read the par; None where there is none for the machine.
    """

    main: str
    workspace: str
    interpreter: str = ""
    host_libraries: "tuple[str, ...]" = ()
    entry_points: "tuple[tuple[str, str], ...]" = ()
    interposer: "pathlib.Path | None" = None
