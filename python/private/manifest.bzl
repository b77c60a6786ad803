"""Tells the builder what goes into a par: a param file of JSON arrays, one a line (ARCHITECTURE.md, section 1).

The lines are made when the action runs, from depsets that are never flattened during analysis. The functions below close
over the name of the workspace and nothing else, so that no rule context is kept in memory for them.
"""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("@rules_python//python:py_runtime_info.bzl", "PyRuntimeInfo")
load("//python/toolchain:standard_library.bzl", "is_standard")
load(":runfiles_paths.bzl", "invented_path", "runfiles_path")

def _is_scaffolding(file):
    # What rules_python makes next to a py_binary NAME to start it from a runfiles tree. The py_binary's stub, NAME, is not
    # told apart from other programs by its name: see manifest_args.
    if file.is_source or not file.owner:
        return False
    name = file.owner.name.split("/")[-1]
    return (
        file.basename == "_" + name + "_stage2_bootstrap.py" or
        file.basename == name + ".build_data.txt" or
        "/_" + name + ".venv/" in "/" + file.short_path
    )

def _is_invented_for_scaffolding(name):
    # Directories with a shared object or a Python source get an __init__.py, also these, where nobody imports from.
    return name.startswith("_solib_") or (".venv/lib/python" in name and "/_" in "/" + name)

def _line(*values):
    return json.encode(values)

def _import_line(root):
    return _line("import", root)

def _launcher_line(file):
    place = file.basename if file.basename == "__main__.py" else "_rules_par/" + file.basename
    return _line("launcher", place, file.path)

def _native_line(native):
    return _line("native", native.path, native.file.path, native.aliases)

def _repo_mapping_line(file):
    return _line("file", "_repo_mapping", file.path)

def _symlink_lines(place, file, expander):
    if not file.is_directory:
        return [_line("file", place, file.path)]
    return [
        _line("file", place + "/" + child.tree_relative_path, child.path)
        for child in expander.expand(file)
    ]

def _add_runfiles(args, runfiles, workspace):
    def file_line(file):
        if _is_scaffolding(file):
            return None
        return _line("file", runfiles_path(file.short_path, workspace), file.path)

    def symlink_lines(entry, expander):
        return _symlink_lines(workspace + "/" + entry.path, entry.target_file, expander)

    def root_symlink_lines(entry, expander):
        return _symlink_lines(entry.path, entry.target_file, expander)

    def empty_lines(empty_filenames):
        return [
            _line("empty", invented_path(name, workspace))
            for name in empty_filenames().to_list()
            if not _is_invented_for_scaffolding(name)
        ]

    args.add_all(runfiles.files, map_each = file_line, allow_closure = True)
    args.add_all(runfiles.symlinks, map_each = symlink_lines, allow_closure = True)
    args.add_all(runfiles.root_symlinks, map_each = root_symlink_lines, allow_closure = True)

    # To read `empty_filenames` is to flatten the runfiles: hence a function, called when the action runs.
    args.add_all([lambda: runfiles.empty_filenames], map_each = empty_lines, allow_closure = True)

def _add_excludes(args, excludes, workspace):
    def exclude_line(file):
        return _line("exclude", runfiles_path(file.short_path, workspace))

    args.add_all(excludes, map_each = exclude_line, allow_closure = True)

def _symlink_targets(runfiles):
    # Bazel does not count the targets of symlinks among `runfiles.files`. There are hardly ever any: a depset is not
    # flattened to learn that it is empty.
    return [
        entry.target_file
        for entries in (runfiles.symlinks, runfiles.root_symlinks)
        if entries
        for entry in entries.to_list()
    ]

def _program_line(file):
    return _line("runtime", "program", file.basename, file.path)

def _library_line(file):
    return _line("runtime", "library", file.basename, file.path)

def _glibc_line(file):
    return _line("runtime", "glibc", file.basename, file.path)

def _linker_line(file):
    return _line("runtime", "linker", file.basename, file.path)

def add_runtime(args, runtime, *, mode, all_of_stdlib):
    """Adds the lines of the Python that a par carries.

    Args:
      args: Args of the manifest.
      runtime: ParRuntimeInfo.
      mode: string: `embedded` or `full`.
      all_of_stdlib: bool: whether the par has more than the standard part of the standard library.

    Returns:
      depset of the Files that the lines name.
    """
    root = runtime.stdlib_root + "/"

    def stdlib_line(file):
        # A tree comes as the files in it, and may have all that there is.
        name = file.short_path.removeprefix(root)
        return _line("runtime", "stdlib", name, file.path) if all_of_stdlib or is_standard(name) else None

    program = depset([runtime.program])
    stdlib = [runtime.stdlib] + ([runtime.extra_stdlib] if all_of_stdlib else [])
    libraries = [runtime.libraries] + ([runtime.extra_libraries] if all_of_stdlib else [])
    glibc, linker = [], []
    if mode == "full":
        glibc, linker = [runtime.glibc], [depset([runtime.linker])]

    args.add_all(program, map_each = _program_line)
    for files in stdlib:
        args.add_all(files, map_each = stdlib_line, allow_closure = True)
    for files in libraries:
        args.add_all(files, map_each = _library_line)
    for files in glibc:
        args.add_all(files, map_each = _glibc_line)
    for files in linker:
        args.add_all(files, map_each = _linker_line)
    return depset(transitive = [program] + stdlib + libraries + glibc + linker)

def create_manifest(ctx, binary, native, launcher):
    """Describes the contents of a par.

    Args:
      ctx: the context of the par rule.
      binary: Target: the py_binary or py_test, which provides PyInfo and PyRuntimeInfo.
      native: ParNativeInfo of the binary, or None.
      launcher: depset of Files: the launcher.

    Returns:
      A struct of `args`, Args that become `--flagfile=FILE` (the manifest; flags may be added), and `inputs`, a depset of the
      Files that they name.
    """
    workspace = ctx.workspace_name
    default_info = binary[DefaultInfo]
    runfiles = default_info.default_runfiles
    runtime = binary[PyRuntimeInfo]
    repo_mapping = getattr(default_info.files_to_run, "repo_mapping_manifest", None)
    repo_mappings = [repo_mapping] if repo_mapping else []

    args = ctx.actions.args()

    # How a command line of a persistent worker has to look.
    args.use_param_file("--flagfile=%s", use_always = True)
    args.set_param_file_format("multiline")

    _add_runfiles(args, runfiles, workspace)
    args.add_all(repo_mappings, map_each = _repo_mapping_line)
    _add_excludes(args, [default_info.files_to_run.executable], workspace)

    # The interpreter of a toolchain and its standard library; both None when it is one of the machine's.
    if runtime.interpreter:
        _add_excludes(args, [runtime.interpreter], workspace)
    if runtime.files:
        _add_excludes(args, runtime.files, workspace)

    native_files = []
    if native:
        args.add_all(native.shared, map_each = _native_line)
        args.add_all(native.linked, map_each = _native_line)
        _add_excludes(args, native.excludes, workspace)
        native_files = [native.shared_files, native.linked_files]
    args.add_all(binary[PyInfo].imports, map_each = _import_line)
    args.add_all(launcher, map_each = _launcher_line)

    return struct(
        args = args,
        inputs = depset(
            repo_mappings + _symlink_targets(runfiles),
            transitive = [runfiles.files, launcher] + native_files,
        ),
    )
