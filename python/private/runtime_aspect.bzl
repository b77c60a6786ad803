"""Finds the runtime for a py_binary or py_test: a Python that its par can carry."""

TOOLCHAIN_TYPE = Label("//python/toolchain:type")

BinaryRuntimeInfo = provider(
    doc = "What toolchain resolution gives for the program itself.",
    fields = {"runtime": "ParRuntimeInfo, or None when no registered runtime fits."},
)

def _runtime_aspect_impl(_target, ctx):
    toolchain = ctx.toolchains[TOOLCHAIN_TYPE]

    # A toolchain may be there and have nothing to give: that of rules_python's Python, where that is one of the machine.
    return [BinaryRuntimeInfo(runtime = toolchain.par_runtime if toolchain else None)]

# An aspect and not the par rule asks for the toolchain, because it has the configuration of the program: a py_binary may
# choose a version of Python for itself.
runtime_aspect = aspect(
    implementation = _runtime_aspect_impl,
    doc = "Gives BinaryRuntimeInfo for the target itself; goes no further.",
    provides = [BinaryRuntimeInfo],
    toolchains = [config_common.toolchain_type(TOOLCHAIN_TYPE, mandatory = False)],
)
