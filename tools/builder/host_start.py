import marshal
from _frozen_importlib_external import MAGIC_NUMBER

code = p.pread(f, SIZE, OFFSET)
if MAGIC_NUMBER == MAGIC and len(code) == SIZE:
    p.close(f)
    package = sys.modules["_rules_par"] = type(sys)("_rules_par")
    exec(marshal.loads(code), package.__dict__)
    from _rules_par.launcher import run

    run(package.__path__[0][:-11])
else:
    del sys.argv[0]
    if len(code) < SIZE:
        sys.stderr.write("%s: is damaged: it ends before it should: copy it again\n" % sys.argv[0])
        sys.exit(65)
    import runpy

    sys.path.insert(0, sys.argv[0])
    runpy._run_module_as_main("__main__", False)
