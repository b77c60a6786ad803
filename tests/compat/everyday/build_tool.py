"""ninja: a program in the package, found by its path and run."""

import subprocess

import ninja

program = f"{ninja.BIN_DIR}/ninja"
done = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True)
assert done.stdout.startswith(ninja.__version__.rpartition(".git")[0][:4]), done.stdout
assert subprocess.run([program, "-f", "nothing"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False).returncode == 1
print("OK")
