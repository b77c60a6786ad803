del sys.argv[0]
if len(code) < SIZE:
    sys.stderr.write("%s: is damaged: it ends before it should: copy it again\n" % sys.argv[0])
    sys.exit(65)
if hasattr(sys, "orig_argv"):
    sys.orig_argv[1:] = sys.argv
if not getattr(sys.flags, "safe_path", getattr(sys.flags, "isolated", 0)):
    del sys.path[0]  # the current directory
import runpy

sys.path.insert(0, sys.argv[0])
runpy._run_module_as_main("__main__", False)
