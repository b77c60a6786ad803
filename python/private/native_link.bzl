"""Links a cc_library as a shared object that can be loaded on its own."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")

def member_path(label, workspace):
    """Gives the place in a par of the shared object of a cc_library.

    Args:
      label: Label of the cc_library.
      workspace: `ctx.workspace_name`.

    Returns:
      The place of `lib<name>.so` in the package of the library, which is where Bazel's own has its place.
    """
    return "/".join([part for part in [label.repo_name or workspace, label.package, _file_name(label.name)] if part])

def _file_name(name):
    directory, slash, base = name.rpartition("/")
    return directory + slash + "lib" + base + ".so"

def soname(label, libraries):
    """Gives the SONAME for the shared object of a cc_library.

    It is the one name that is not ours to choose: a cc_binary(linkshared = True, linkstatic = False) in the same par has a
    DT_NEEDED of it. Bazel makes it from the label, so it is as unique as the label.

    Args:
      label: Label of the cc_library.
      libraries: list of LibraryToLink that the shared object is made of.

    Returns:
      The name that Bazel's own shared object of it has in `_solib_<cpu>`; one of the same form if there is none.
    """
    for library in libraries:
        if library.dynamic_library and library.resolved_symlink_dynamic_library.owner == label:
            return library.dynamic_library.basename
    path = "/".join([part for part in [
        "external/" + label.repo_name if label.repo_name else "",
        label.package,
        _file_name(label.name),
    ] if part])
    return "lib" + path.replace("_", "_U").replace("/", "_S").replace("@", "_A")

def link_shared_object(ctx, libraries, linker_inputs, prebuilt, dependencies):
    """Links libraries as one shared object. The action belongs to the target at hand: all pars above it share it.

    DT_NEEDED names the shared object of every library in `deps`, whether or not a symbol of it is used: one that only
    registers itself in a constructor must be loaded too, and a symbol may also come from further below. So it is with
    Bazel's own linkstatic = False. (cc_common.link has no place for --as-needed before the one and --no-as-needed before
    the other, or those with `alwayslink` alone could be forced.)

    Args:
      ctx: the context of an aspect with an optional C++ toolchain, on the target that the shared object belongs to.
      libraries: list of LibraryToLink that have archives, all of which go into the shared object.
      linker_inputs: list of the LinkerInputs that they are from: their `linkopts`.
      prebuilt: list of LibraryToLink of the same target that are shared objects already.
      dependencies: list of depsets of LinkerInputs: what the target's `deps` are linked by.

    Returns:
      LibraryToLink of the shared object.
    """
    cc_toolchain = find_cc_toolchain(ctx, mandatory = False)
    if not cc_toolchain:
        fail("{}: is C or C++ code that a par needs as a shared object, and there is no C++ toolchain: register one".format(
            ctx.label,
        ))
    feature_configuration = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = cc_toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    whole = [
        cc_common.create_library_to_link(
            actions = ctx.actions,
            feature_configuration = feature_configuration,
            cc_toolchain = cc_toolchain,
            static_library = None if library.pic_static_library else library.static_library,
            pic_static_library = library.pic_static_library,
            # Nobody asks for a symbol when a shared object is linked: everything is to be in it.
            alwayslink = True,
        )
        for library in libraries
    ]
    own = cc_common.create_linker_input(
        owner = ctx.label,
        libraries = depset(whole + prebuilt),
        user_link_flags = [flag for linker_input in linker_inputs for flag in linker_input.user_link_flags],
        additional_inputs = depset([file for linker_input in linker_inputs for file in linker_input.additional_inputs]),
    )
    own_soname = soname(ctx.label, libraries)
    linking_outputs = cc_common.link(
        actions = ctx.actions,
        # Not lib<name>.so: that is Bazel's, and a linker given -lname twice takes the first for both.
        name = "_par/" + own_soname.removeprefix("lib").removesuffix(".so"),
        feature_configuration = feature_configuration,
        cc_toolchain = cc_toolchain,
        linking_contexts = [
            cc_common.create_linking_context(linker_inputs = depset([own])),
            cc_common.create_linking_context(linker_inputs = depset(transitive = dependencies)),
        ],
        output_type = "dynamic_library",
        user_link_flags = ["-Wl,-soname," + own_soname],
    )
    return linking_outputs.library_to_link
