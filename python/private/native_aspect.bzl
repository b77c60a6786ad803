"""Gathers the native code below a Python program.

Shared objects that someone has made are taken as they are. A cc_library is linked once more, because what Bazel makes of it
cannot be loaded: that has no SONAME, no DT_NEEDED, and undefined symbols (ARCHITECTURE.md, section 1).
"""

load("@rules_cc//cc:find_cc_toolchain.bzl", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("@rules_cc//cc/common:cc_shared_library_info.bzl", "CcSharedLibraryInfo")
load(":native_info.bzl", "ParNativeInfo")
load(":native_link.bzl", "link_shared_object", "member_path")
load(":runfiles_paths.bzl", "runfiles_path")

# Along these one library is linked with another. `srcs` reaches libraries inside filegroups.
_LINK_ATTRS = ["deps", "implementation_deps", "dynamic_deps", "srcs", "actual"]

# Along this nothing is linked: what lies there is for the program to load by itself.
_DATA_ATTRS = ["data"]

def _native(file, name, workspace):
    return struct(path = runfiles_path(file.short_path, workspace), file = file, aliases = (name,))

def _files(natives):
    return [native.file for native in natives]

def _gathered(attributes, names):
    # `data` and `srcs` belong to arbitrary rules: their values may be anything, or None.
    found = []
    for name in names:
        value = getattr(attributes, name, None)
        for dependency in value if type(value) == "list" else [value]:
            if type(dependency) == "Target" and ParNativeInfo in dependency:
                found.append(dependency[ParNativeInfo])
    return found

def _is_program(rule):
    # cc_binary(linkshared = True) too: nothing is ever linked with it by way of its providers.
    return rule.kind in ("cc_binary", "cc_test")

def _program_natives(target, ctx):
    # The shared object of a cc_binary is in no provider, and in runfiles only if some `data` has it.
    if not _is_program(ctx.rule) or not getattr(ctx.rule.attr, "linkshared", False):
        return []
    return [
        _native(file, file.basename, ctx.workspace_name)
        for file in target[DefaultInfo].files.to_list()
        if file.basename.endswith(".so") or ".so." in file.basename
    ]

def _own_linker_inputs(target, ctx, below):
    if CcSharedLibraryInfo in target:
        return [target[CcSharedLibraryInfo].linker_input]
    if CcInfo not in target or _is_program(ctx.rule):
        return []

    # Usually the one that the target made itself. There are others when a rule has libraries that no attribute leads us to,
    # such as those that another aspect made for a cc_proto_library: they become part of this target's shared object.
    known = {owner: True for owner in depset(transitive = [info.owners for info in below]).to_list()}
    return [
        linker_input
        for linker_input in target[CcInfo].linking_context.linker_inputs.to_list()
        if linker_input.owner not in known
    ]

def _shared_file(library):
    return library.resolved_symlink_dynamic_library or library.dynamic_library

def _must_link(library, owner):
    # A shared object that stands beside an archive but belongs to another label is someone's finished product (cc_import).
    has_archive = library.pic_static_library or library.static_library
    return has_archive and (not _shared_file(library) or _shared_file(library).owner == owner)

def _all_files(library):
    return [file for file in [
        library.static_library,
        library.pic_static_library,
        library.interface_library,
        library.resolved_symlink_interface_library,
        library.dynamic_library,
        library.resolved_symlink_dynamic_library,
    ] if file]

def _sorted_libraries(linker_inputs):
    """Tells apart the libraries that are to be linked from those that are shared objects, or stand for one of the host."""
    to_link, prebuilt = [], []
    for linker_input in linker_inputs:
        for library in linker_input.libraries:
            (to_link if _must_link(library, linker_input.owner) else prebuilt).append(library)
    return to_link, prebuilt

def _prebuilt_natives(prebuilt, workspace):
    return [
        _native(_shared_file(library), library.dynamic_library.basename, workspace)
        for library in prebuilt
        # The interpreter that runs the par has the symbols of the libpython that extensions are linked with.
        if _shared_file(library) and not _shared_file(library).basename.startswith("libpython")
    ]

def _native_aspect_impl(target, ctx):
    # A genrule's sources are read, not passed on.
    if ctx.rule.kind == "genrule":
        return []

    below = _gathered(ctx.rule.attr, _LINK_ATTRS)
    beside = _gathered(ctx.rule.attr, _DATA_ATTRS)
    linker_inputs = _own_linker_inputs(target, ctx, below)
    to_link, prebuilt = _sorted_libraries(linker_inputs)
    shared = _program_natives(target, ctx) + _prebuilt_natives(prebuilt, ctx.workspace_name)
    if not (below or beside or linker_inputs or shared):
        return []

    linked = []
    link = depset(linker_inputs, transitive = [info.link for info in below])
    if to_link:
        library = link_shared_object(
            ctx,
            libraries = to_link,
            linker_inputs = linker_inputs,
            prebuilt = prebuilt,
            dependencies = [info.link for info in below],
        )
        linked = [struct(
            path = member_path(ctx.label, ctx.workspace_name),
            file = _shared_file(library),
            aliases = (),
        )]
        link = depset([cc_common.create_linker_input(owner = ctx.label, libraries = depset([library] + prebuilt))])

    # A program or a cc_shared_library has the libraries of its `deps` inside; nothing is linked with it by way of CcInfo.
    is_end = _is_program(ctx.rule) or CcSharedLibraryInfo in target
    has_inside = is_end and getattr(ctx.rule.attr, "linkstatic", True)
    linked_below = [] if has_inside else below
    passes_on = CcInfo in target and not is_end

    kept = {native.path: True for native in shared + linked}
    useless = [
        file
        for library in to_link + prebuilt
        for file in _all_files(library)
        if runfiles_path(file.short_path, ctx.workspace_name) not in kept
    ]

    return [ParNativeInfo(
        excludes = depset(useless, transitive = [info.excludes for info in below + beside]),
        link = link if passes_on else depset(),
        linked = depset(linked, transitive = [info.linked for info in linked_below]),
        linked_files = depset(_files(linked), transitive = [info.linked_files for info in linked_below]),
        owners = depset(
            [linker_input.owner for linker_input in linker_inputs],
            transitive = [info.owners for info in below],
        ) if passes_on else depset(),
        shared = depset(
            shared,
            transitive = [info.shared for info in below + beside] + [info.linked for info in beside],
        ),
        shared_files = depset(
            _files(shared),
            transitive = [info.shared_files for info in below + beside] + [info.linked_files for info in beside],
        ),
    )]

native_aspect = aspect(
    implementation = _native_aspect_impl,
    attr_aspects = _LINK_ATTRS + _DATA_ATTRS,
    doc = "Gives ParNativeInfo for every target that is, or leads to, native code.",
    fragments = ["cpp"],
    # Only looked at when there is something to link: a program in Python alone builds without a C++ toolchain.
    toolchains = use_cc_toolchain(mandatory = False),
)
