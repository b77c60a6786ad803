"""A test of the actions that audit a par."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

def _names(files):
    return [file.basename for file in files.to_list()]

def _manylinux_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    groups = target[OutputGroupInfo]
    actions = {action.mnemonic: action for action in analysistest.target_actions(env)}
    name = target.label.name

    asserts.equals(env, [name + ".audit.json"], _names(groups.par_audit))
    asserts.equals(env, [], [flag for flag in actions["ParAudit"].argv if flag.startswith("--manylinux")])
    asserts.false(env, name + ".audit.json" in _names(target[DefaultInfo].files))
    if ctx.attr.flags:
        # What Bazel makes with every build of the target.
        asserts.equals(env, [name + ".manylinux.json"], _names(groups._validation))
        for flag in ctx.attr.flags:
            asserts.true(env, flag in actions["ParManylinux"].argv, "no {} in {}".format(flag, actions["ParManylinux"].argv))
    else:
        asserts.false(env, hasattr(groups, "_validation"))
        asserts.false(env, "ParManylinux" in actions)
    return analysistest.end(env)

manylinux_test = analysistest.make(
    _manylinux_test_impl,
    attrs = {"flags": attr.string_list(doc = "What the action that checks the policy is told; without them there is none.")},
)
