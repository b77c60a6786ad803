"""Who gets which library, and what loads before what."""

import pytest

from tools.builder.closure import Closure, Native, resolve
from tools.builder.elf import Elf, Name, Needed
from tools.builder.errors import BuildError


def native(
    path: str,
    needed: "list[str]" = [],
    soname: "str | None" = "",
    rpath: "list[str]" = [],
    runpath: "list[str]" = [],
    aliases: "tuple[str, ...]" = (),
    is_extension: bool = False,
    of_wheel: bool = False,
    is_portable: bool = False,
) -> Native:
    """`soname` "": the file name."""
    own = path.rpartition("/")[2] if soname == "" else soname
    entries = tuple(Needed(Name(name, 0), index) for index, name in enumerate(needed))
    elf = Elf("x86_64", Name(own, 0) if own else None, entries, (), {}, tuple(rpath), tuple(runpath), (0, 16, 0), is_extension)
    return Native(path, elf, aliases, of_wheel, is_portable)


def resolved(*natives: Native, imports: "tuple[str, ...]" = (), host: "frozenset[str]" = frozenset()) -> Closure:
    return resolve({each.path: each for each in natives}, imports, host)


def test_the_directory_of_the_member() -> None:
    closure = resolved(native("a/x.so", ["libl.so"]), native("a/libl.so"), native("b/libl.so"))
    assert closure.needed["a/x.so"] == {"libl.so": "a/libl.so"}


@pytest.mark.parametrize("name", ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libmvec.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2", "libz.so.1"])
def test_what_every_host_has_is_left_to_it(name: str) -> None:
    closure = resolved(native("p/x.so", [name]))
    assert (closure.host["p/x.so"], closure.needed["p/x.so"]) == ([name], {})


@pytest.mark.parametrize("name", ["libssl.so.3", "libc.so.7", "libX11.so.6", "libgomp.so.1", "libc.so"])
def test_what_a_host_may_lack_is_not(name: str) -> None:
    with pytest.raises(BuildError, match=name):
        resolved(native("p/x.so", [name]))


@pytest.mark.parametrize("kind", ["rpath", "runpath"])
@pytest.mark.parametrize("written", ["$ORIGIN/../p.libs", "${ORIGIN}/../p.libs", "$ORIGIN/.././p.libs/", "$ORIGIN/../q:skip"])
def test_search_paths_relative_to_the_member(kind: str, written: str) -> None:
    paths = {kind: [*written.split(":"), "$ORIGIN/../p.libs"]}
    closure = resolved(native("s/p/x.so", ["libl.so"], **paths), native("s/p.libs/libl.so"), native("s/other/libl.so"))
    assert closure.needed["s/p/x.so"] == {"libl.so": "s/p.libs/libl.so"}


def test_the_search_path_comes_before_the_own_directory() -> None:
    closure = resolved(native("p/x.so", ["libl.so"], runpath=["$ORIGIN/libs"]), native("p/libl.so"), native("p/libs/libl.so"))
    assert closure.needed["p/x.so"] == {"libl.so": "p/libs/libl.so"}


def test_runpath_hides_rpath() -> None:
    closure = resolved(
        native("p/x.so", ["libl.so"], rpath=["$ORIGIN/old"], runpath=["$ORIGIN/new"]), native("p/old/libl.so"), native("p/new/libl.so")
    )
    assert closure.needed["p/x.so"] == {"libl.so": "p/new/libl.so"}


def chain(above: "dict[str, list[str]]", own: "dict[str, list[str]]" = {}) -> "list[Native]":
    """scipy's case: what liba needs is found by the search path of the module that loads liba, two steps up."""
    return [
        native("libs/liba.so", ["libb.so"], **own),
        native("mid/libmid.so", ["liba.so"]),
        native("p/x.so", ["libmid.so"], is_extension=True, **above),
        native("deep/libb.so"),
        native("other/libb.so"),
        native("own/libb.so"),
    ]


def test_rpath_holds_for_the_libraries_of_a_library() -> None:
    closure = resolved(*chain({"rpath": ["$ORIGIN/../mid", "$ORIGIN/../deep"]}))
    assert closure.needed["libs/liba.so"] == {"libb.so": "deep/libb.so"}


def test_runpath_does_not() -> None:
    with pytest.raises(BuildError, match="libs/liba.so: needs libb.so, and deep/libb.so and other/libb.so and own/libb.so have that name"):
        resolved(*chain({"runpath": ["$ORIGIN/../mid", "$ORIGIN/../deep"]}))


@pytest.mark.parametrize("kind", ["rpath", "runpath"])
def test_the_own_search_path_comes_before_that_of_the_loader(kind: str) -> None:
    closure = resolved(*chain({"rpath": ["$ORIGIN/../mid", "$ORIGIN/../deep"]}, {kind: ["$ORIGIN/../own"]}))
    assert closure.needed["libs/liba.so"] == {"libb.so": "own/libb.so"}


def test_who_has_a_runpath_inherits_none() -> None:
    with pytest.raises(BuildError, match="have that name"):
        resolved(*chain({"rpath": ["$ORIGIN/../mid", "$ORIGIN/../deep"]}, {"runpath": ["$ORIGIN/empty"]}))


def test_absolute_search_paths_mean_nothing_in_a_par() -> None:
    with pytest.raises(BuildError, match="libl.so"):
        resolved(native("p/x.so", ["libl.so"], runpath=["/usr/lib"]))


def test_a_search_path_that_leaves_the_par_finds_nothing() -> None:
    with pytest.raises(BuildError, match="libl.so"):
        resolved(native("p/x.so", ["libl.so"], runpath=["$ORIGIN/../../../.."]))


def test_the_one_member_with_that_soname() -> None:
    closure = resolved(native("a/x.so", ["libl.so.1"]), native("far/away/libl.so.1.2.3", soname="libl.so.1"))
    assert closure.needed["a/x.so"] == {"libl.so.1": "far/away/libl.so.1.2.3"}


def test_the_one_member_with_that_alias() -> None:
    closure = resolved(native("a/x.so", ["libl.so.1"]), native("b/libmangled.so", aliases=("libl.so.1",)))
    assert closure.needed["a/x.so"] == {"libl.so.1": "b/libmangled.so"}


def test_a_member_without_soname_by_its_file_name() -> None:
    assert resolved(native("a/x.so", ["libl.so"]), native("b/libl.so", soname=None)).needed["a/x.so"] == {"libl.so": "b/libl.so"}


def test_a_needed_path_is_found_by_its_file_name() -> None:
    assert resolved(native("a/x.so", ["out/libl.so"]), native("a/libl.so")).needed["a/x.so"] == {"out/libl.so": "a/libl.so"}


def test_the_same_place_below_another_import_root() -> None:
    """nvidia's wheels expect each other in one site-packages, and lie in one each."""
    natives = [
        native("one/site/nvidia/cudnn/lib/x.so", ["libl.so"], runpath=["$ORIGIN/../../cublas/lib"]),
        native("two/site/nvidia/cublas/lib/libl.so"),
        native("three/other/libl.so"),
    ]
    closure = resolved(*natives, imports=("one/site", "two/site"))
    assert closure.needed["one/site/nvidia/cudnn/lib/x.so"] == {"libl.so": "two/site/nvidia/cublas/lib/libl.so"}


def test_the_nearer_of_two_is_taken() -> None:
    closure = resolved(native("one/site/p/x.so", ["libl.so"]), native("one/site/q/libl.so"), native("two/site/q/libl.so"))
    assert closure.needed["one/site/p/x.so"] == {"libl.so": "one/site/q/libl.so"}


def test_two_that_are_equally_near_are_refused_by_name() -> None:
    with pytest.raises(BuildError) as refused:
        resolved(native("p/x.so", ["libl.so"]), native("a/libl.so"), native("b/libl.so"))
    assert all(word in str(refused.value) for word in ("p/x.so", "libl.so", "a/libl.so", "b/libl.so"))


def test_the_par_comes_before_the_host() -> None:
    closure = resolved(native("p/x.so", ["libz.so.1", "libc.so.6"]), native("q/libz.so.1"))
    assert closure.needed["p/x.so"] == {"libz.so.1": "q/libz.so.1"}
    assert closure.host["p/x.so"] == ["libc.so.6"]


def test_what_the_user_leaves_to_the_host() -> None:
    assert resolved(native("p/x.so", ["libcuda.so.1"]), host=frozenset({"libcuda.so.1"})).host["p/x.so"] == ["libcuda.so.1"]


@pytest.mark.parametrize("name", ["libpython3.11.so.1.0", "libpython3.so", "libpython3.14t.so.1.0"])
def test_the_interpreter_is_dropped(name: str) -> None:
    closure = resolved(native("p/x.so", [name]))
    assert closure.dropped["p/x.so"] == {name}
    assert not closure.host["p/x.so"]


def test_a_library_that_needs_itself() -> None:
    closure = resolved(native("p/libx.so", ["libx.so"]))
    assert (closure.needed["p/libx.so"], closure.order["p/libx.so"], closure.cycles) == ({}, [], {})


def test_every_missing_library_is_named_with_who_needs_it() -> None:
    natives = [native("p/app.so", ["libmid.so"]), native("p/libmid.so", ["liblow.so"]), native("p/liblow.so", ["libgone.so.3", "libother.so"]), native("q/x.so", ["libgone.so.3"])]
    with pytest.raises(BuildError) as refused:
        resolved(*natives)
    first, second = str(refused.value).splitlines()
    assert first.startswith("libgone.so.3: not in the par; needed by p/liblow.so, needed by p/libmid.so, needed by p/app.so (and by 1 more)")
    assert "host_libraries" in first
    assert second.startswith("libother.so: ")


def test_a_plug_in_of_a_wheel_may_lack_something() -> None:
    natives = [
        native("w/x.so", ["libown.so"], is_extension=True, of_wheel=True),
        native("w/libown.so", of_wheel=True),
        native("w/plugins/kerberos.so", ["libown.so", "libkrb5.so.3"], of_wheel=True),
        native("w/plugins/card.so", ["libcard.so"], of_wheel=True),
        native("w/plugins/libcard.so", ["libudev.so.1"], of_wheel=True),
        native("w/threads.so", ["libtbb.so.12"], is_extension=True, of_wheel=True, is_portable=True),
    ]
    closure = resolved(*natives)
    found = {path: names for path, names in closure.missing.items() if names}
    assert found == {
        "w/plugins/kerberos.so": ["libkrb5.so.3"],
        "w/plugins/libcard.so": ["libudev.so.1"],
        "w/threads.so": ["libtbb.so.12"],
    }
    assert closure.needed["w/plugins/kerberos.so"] == {"libown.so": "w/libown.so"}
    assert closure.host["w/plugins/kerberos.so"] == []


@pytest.mark.parametrize(
    "natives",
    [
        [native("w/x.so", ["libgone.so"], is_extension=True, of_wheel=True)],
        [native("w/x.so", ["libmid.so"], is_extension=True, of_wheel=True), native("w/libmid.so", ["libgone.so"], of_wheel=True)],
        [native("p/libx.so", ["libgone.so"])],
        [native("p/libx.so", ["libmid.so"]), native("w/libmid.so", ["libgone.so"], of_wheel=True)],
    ],
)
def test_what_a_module_or_a_library_of_the_program_lacks_is_an_error(natives: "list[Native]") -> None:
    with pytest.raises(BuildError, match="libgone.so: not in the par"):
        resolved(*natives)


def test_the_chain_of_a_missing_library_ends_in_a_cycle() -> None:
    with pytest.raises(BuildError, match="libgone.so"):
        resolved(native("p/liba.so", ["libb.so"]), native("p/libb.so", ["liba.so", "libgone.so"]))


def test_dependencies_load_first() -> None:
    closure = resolved(native("p/a.so", ["b.so"]), native("p/b.so", ["c.so"]), native("p/c.so"))
    assert closure.order == {"p/a.so": ["p/c.so", "p/b.so"], "p/b.so": ["p/c.so"], "p/c.so": []}


def test_a_diamond_loads_its_foot_once_and_first() -> None:
    closure = resolved(native("p/top.so", ["l.so", "r.so"]), native("p/l.so", ["foot.so"]), native("p/r.so", ["foot.so"]), native("p/foot.so"))
    assert closure.order["p/top.so"][0] == "p/foot.so"
    assert sorted(closure.order["p/top.so"]) == ["p/foot.so", "p/l.so", "p/r.so"]


def test_cycles_are_found_and_what_they_need_loads_before_all_of_them() -> None:
    natives = [
        native("p/user.so", ["liba.so"]),
        native("p/liba.so", ["libb.so", "lib1.so"]),
        native("p/libb.so", ["libc.so", "lib2.so"]),
        native("p/libc.so", ["liba.so"]),
        native("p/lib1.so"),
        native("p/lib2.so", ["lib1.so"]),
    ]
    closure = resolved(*natives)
    members = ("p/liba.so", "p/libb.so", "p/libc.so")
    assert closure.cycles == {member: members for member in members}
    for member in members:
        assert closure.order[member] == ["p/lib1.so", "p/lib2.so"]
    order = closure.order["p/user.so"]
    assert sorted(order) == sorted((*members, "p/lib1.so", "p/lib2.so"))
    assert max(map(order.index, ("p/lib1.so", "p/lib2.so"))) < min(map(order.index, members))


def test_two_cycles_one_above_the_other() -> None:
    natives = [native("p/a.so", ["b.so", "x.so"]), native("p/b.so", ["a.so"]), native("p/x.so", ["y.so"]), native("p/y.so", ["x.so"])]
    closure = resolved(*natives)
    assert closure.cycles["p/a.so"] == ("p/a.so", "p/b.so")
    assert closure.order["p/b.so"] == ["p/x.so", "p/y.so"]


def test_a_chain_longer_than_the_stack_is_deep() -> None:
    length = 3000
    closure = resolved(*(native(f"p/n{number}.so", [f"n{number + 1}.so"] if number < length else []) for number in range(length + 1)))
    assert closure.order["p/n2990.so"] == [f"p/n{number}.so" for number in range(length, 2990, -1)]


def test_the_order_does_not_depend_on_the_order_of_the_members() -> None:
    natives = [native("p/a.so", ["z.so", "m.so"]), native("p/m.so", ["z.so", "q.so"]), native("p/z.so"), native("p/q.so")]
    assert resolved(*natives).order == resolved(*reversed(natives)).order
