"""What a par asks of the host: the output group `par_audit`, and the promise `manylinux`."""

# Older than the names that say a version of glibc (PEP 600).
_OLD_NAMES = ["manylinux1", "manylinux2010", "manylinux2014"]

def check_manylinux(label, manylinux):
    """Refuses what is not the name of a policy. Which ones there are for a machine is auditwheel's to say, when the par is built.

    Args:
      label: Label of the par, for messages.
      manylinux: string: the attribute, empty if not given.
    """
    if not manylinux or manylinux in _OLD_NAMES:
        return
    parts = manylinux.split("_")
    if len(parts) != 3 or parts[0] != "manylinux" or not parts[1].isdigit() or not parts[2].isdigit():
        fail("{}: manylinux = {}: not the name of a manylinux policy: write \"manylinux_2_28\", without a machine".format(
            label,
            repr(manylinux),
        ))

def audit_par(ctx, par, *, tool, manylinux, host_libraries, env):
    """Declares the actions that audit a par. Neither runs unless somebody asks for its output.

    Args:
      ctx: the rule context.
      par: File: the par.
      tool: FilesToRunProvider of //tools/par.
      manylinux: string: the policy that the par must meet, empty for none.
      host_libraries: list of strings: SONAMEs that the host has, whatever the policy says.
      env: dict: environment of the actions.

    Returns:
      A dict of output groups.
    """
    report = ctx.actions.declare_file(ctx.label.name + ".audit.json")
    _audit(ctx, par, tool, report, [], env, mnemonic = "ParAudit", message = "Auditing par %{label}")
    groups = {"par_audit": depset([report])}
    if manylinux:
        met = ctx.actions.declare_file(ctx.label.name + ".manylinux.json")
        flags = ["--manylinux=" + manylinux] + ["--host_library=" + name for name in host_libraries]
        message = "Checking that par %{label} meets " + manylinux
        _audit(ctx, par, tool, met, flags, env, mnemonic = "ParManylinux", message = message)

        # Bazel makes this group for every target that it builds, and nothing waits for it.
        groups["_validation"] = depset([met])
    return groups

def _audit(ctx, par, tool, output, flags, env, *, mnemonic, message):
    args = ctx.actions.args()
    args.add("audit")
    args.add(par)
    args.add("--json")
    args.add(output, format = "--output=%s")
    args.add_all(flags)
    ctx.actions.run(
        executable = tool,
        arguments = [args],
        inputs = [par],
        outputs = [output],
        mnemonic = mnemonic,
        progress_message = message,
        env = env,
        execution_requirements = {"supports-path-mapping": "1"},
        toolchain = None,
    )
