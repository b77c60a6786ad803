try:  # so that less than all of this is no program
    import marshal

    try:
        from _frozen_importlib_external import MAGIC_NUMBER
    except ImportError:  # Python 2
        MAGIC_NUMBER = None
    f.seek(OFFSET)
    code = f.read(SIZE)
    f.close()
    if MAGIC_NUMBER == MAGIC and len(code) == SIZE:
        package = sys.modules["_rules_par"] = type(sys)("_rules_par")
        exec(marshal.loads(code), package.__dict__)
        from _rules_par.launcher import run

        run(package.__path__[0][:-11])
    else:
        exec(OTHERWISE)
finally:
    pass
