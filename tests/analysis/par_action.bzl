"""The action that makes a par, as a test sees it."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

def par_action(env):
    """Finds the action under test.

    Args:
      env: what analysistest.begin returned; the target under test is a par.

    Returns:
      The Action.
    """
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "ParArchive"]
    asserts.equals(env, 1, len(actions), "number of ParArchive actions")
    return actions[0]

def manifest_rows(action):
    """Gives the manifest of a par.

    Args:
      action: what par_action returned.

    Returns:
      A list of rows, each a list of its values.
    """
    return [json.decode(argument) for argument in action.argv if argument.startswith("[")]

def flags(action):
    """Gives the arguments of the builder that are not in the manifest.

    Args:
      action: what par_action returned.

    Returns:
      A list of strings.
    """
    return [argument for argument in action.argv[1:] if not argument.startswith("[")]

def in_workspace(ctx, texts):
    """Puts the names of repositories, which are not the same everywhere, into what a test expects.

    Args:
      ctx: the context of a test.
      texts: list of strings with `_main/` for the main repository and `{rules_python}` for that one.

    Returns:
      A list of strings.
    """
    return [
        text.replace("_main/", ctx.workspace_name + "/").replace("{rules_python}", Label("@rules_python//python").repo_name)
        for text in texts
    ]
