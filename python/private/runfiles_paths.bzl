"""Where a file lies in a runfiles tree, which is also where it lies in a par."""

def runfiles_path(short_path, workspace):
    """Gives the place of a file in a runfiles tree.

    Args:
      short_path: `File.short_path`: relative to the repository for files of the main one, `../repository/...` for others.
      workspace: `ctx.workspace_name`: `_main`, or what the WORKSPACE file says.

    Returns:
      A path from the root of the runfiles tree, beginning with the directory of a repository.
    """
    if short_path.startswith("../"):
        return short_path[len("../"):]
    return workspace + "/" + short_path

def invented_path(name, workspace):
    """Gives the place of an `__init__.py` that Bazel invents.

    Args:
      name: an element of `runfiles.empty_filenames`: as a short_path, or, under `--legacy_external_runfiles` (the default
        before Bazel 8), with `external/` where a short_path has `../`.
      workspace: `ctx.workspace_name`.

    Returns:
      A path from the root of the runfiles tree.
    """
    if name.startswith("external/"):
        return name[len("external/"):]
    return runfiles_path(name, workspace)
