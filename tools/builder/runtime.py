"""The Python that an embedded or full par carries, from the manifest's "runtime" lines (ARCHITECTURE.md, section 5)."""

import dataclasses
import functools
import pathlib
import posixpath

from tools.builder import boot, closure, elf, inspection, python_target, sparse
from tools.builder.errors import BuildError
from tools.builder.manifest import Manifest, Source
from tools.builder.zip_writer import Member, ZipLayout

DIRECTORY = "_python"  # embedded.py in the launcher has the same
_AUDIT = "rules_par_audit.so"
_EXTERNALLY_MANAGED = pathlib.Path(__file__).with_name("externally_managed.ini")  # PEP 668: what pip answers
INTERPOSER = "rules_par_interposer.so"
# Of glibc, what the interpreter itself needs, and libgcc_s, which glibc opens by its name for pthread_cancel and backtrace.
STARTED_WITH = ("libc.so.6", "libm.so.6", "libgcc_s.so.1")
# What Python imports before it calls the launcher, warnings for -W and -X dev included. Since 3.11 most are frozen into the
# interpreter, but not with -X frozen_modules=off.
_START = (
    "encodings encodings.aliases encodings.utf_8 encodings.ascii encodings.latin_1 warnings _py_warnings "
    "codecs io abc os stat posixpath genericpath _collections_abc site _sitebuiltins"
).split()

# The end of `encodings`, the first module that Python imports for an interpreter.
_BEGIN_INTERPRETER = b"""

def _begin_interpreter():
    import _rules_par_stub

    if not _rules_par_stub.is_main_interpreter():
        from _rules_par import embedded

        embedded.begin_interpreter()


_begin_interpreter()
del _begin_interpreter
"""


@dataclasses.dataclass(frozen=True)
class Runtime:
    """What the rule hands over for a par that is its own interpreter.

    Attributes:
        files: role -> name -> file, as in the manifest.
        full: whether libc comes along.
        stub, audit: the two programs of //python/stub.
        interposer: the shared object of //python/interposer.
        linker_path: the host's ld.so, for embedded mode.
        inspections: what is known of the files.
    """

    files: "dict[str, dict[str, pathlib.Path]]"
    full: bool
    stub: pathlib.Path
    audit: pathlib.Path
    interposer: pathlib.Path
    linker_path: str
    inspections: inspection.Inspections

    def member_sources(self, python: python_target.PythonTarget) -> "dict[str, Source]":
        """The members: standard library and shared libraries that something loads when it needs them."""
        library = f"{DIRECTORY}/lib"
        standard = f"{library}/python{python.version[0]}.{python.version[1]}"
        members = {f"{standard}/{name}": Source(str(file)) for name, file in self._role("stdlib").items()}
        members[f"{standard}/EXTERNALLY-MANAGED"] = Source(str(_EXTERNALLY_MANAGED))
        for name, file in {**self._role("library"), **self._role("glibc")}.items():
            if name not in self.started_with:
                members[f"{library}/{name}"] = Source(str(file))
        return members

    @functools.cached_property
    def started_with(self) -> "dict[str, pathlib.Path]":
        """SONAME -> file of the libraries that ld.so loads with the interpreter; they keep their names."""
        glibc, libraries = self._role("glibc"), self._role("library")
        found = {name: glibc[name] for name in STARTED_WITH if name in glibc}
        pending = list(self._role("program").values())
        while pending:
            for name in elf.needed(pending.pop()):
                if name in libraries and name not in found:
                    found[name] = libraries[name]
                    pending.append(libraries[name])
        return found

    @property
    def host_names(self) -> "frozenset[str]":
        """Names that are there without being members."""
        return frozenset(self.started_with) | frozenset(self._role("linker"))

    @property
    def kept(self) -> "frozenset[str]":
        """Members that keep their SONAMEs: of glibc, for objects from outside of the par."""
        names = self._role("glibc") if self.full else {}
        return frozenset(f"{DIRECTORY}/lib/{name}" for name in names if name not in self.started_with)

    @property
    def policy(self):
        """Which further libraries a member may expect of the host: in full mode none."""
        return (lambda name: False) if self.full else closure.host_policy

    def _role(self, role: str) -> "dict[str, pathlib.Path]":
        return self.files.get(role, {})

    def place(
        self, layout: ZipLayout, python: python_target.PythonTarget, launcher: "dict[str, pathlib.Path]", page: int, static_tls: int
    ) -> "tuple[Member, list[boot.Image]]":
        """Places what the stub needs, and returns the boot record among it, and the ELF files. `static_tls`: bytes, of libraries that
        are loaded later."""
        # ".cpython-314-x86_64-linux-gnu.so"; "314t" and "314d" have another PyConfig.
        if python.extension_suffixes[0].split("-")[1:2] != ["%d%d" % python.version]:
            raise BuildError(
                f"{python.interpreter}: is a free-threaded or debug build of Python (*{python.extension_suffixes[0]}), which a par "
                'cannot carry: register another runtime, or say mode = "system"'
            )
        programs = {**self._role("program"), **(self._role("linker") if self.full else {})}
        if len(programs) != 1 + self.full:
            raise BuildError("the runtime has no interpreter, or no ld.so: give par_runtime both")
        images = []
        for name, file in programs.items():
            patches = boot.linker_patches(file.read_bytes()) if name in self._role("linker") else ()
            images.append(self._place_image(layout, name, file, patches, boot.MAPPED, page))
        # Its functions come before libc's, so it must come before libc.
        for name, file in {INTERPOSER: self.interposer, **self.started_with}.items():
            images.append(self._place_image(layout, name, file, self.plugin_patches(file), boot.LIBRARY, page))
        if self.full:
            image = self._place_image(layout, _AUDIT, self.audit, (), boot.AUDIT, page)
            images.append(dataclasses.replace(image, hook=boot.audit_hook(self.audit.read_bytes())))
        record = boot.record(python.version, images, self._frozen(python, launcher), "" if self.full else self.linker_path, static_tls)
        member = Member("_rules_par/boot", record, len(record))
        layout.place(member, page)
        return member, images

    @property
    def linker(self) -> str:
        """File name of the dynamic linker."""
        return next(iter(self._role("linker"))) if self.full else posixpath.basename(self.linker_path)

    def reached(self, names: "set[str]") -> "set[str]":
        """Those of `names` that are SONAMEs of libraries in `started_with`, and what these need."""
        found: "set[str]" = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name in self.started_with and name not in found:
                found.add(name)
                pending.extend(elf.needed(self.started_with[name]))
        return found

    def plugin_patches(self, file: pathlib.Path) -> "tuple[tuple[int, bytes], ...]":
        """For full mode: the names of directories with plug-ins get a second character that no path has: the host's plug-ins would bring the
        host's libraries along."""
        if not self.full:
            return ()
        return tuple((offset + 1, b"\xff") for offset in self.inspections.of(file.name, file).plugin_directories)

    def _place_image(self, layout: ZipLayout, name: str, file: pathlib.Path, patches, kind: int, page: int) -> boot.Image:
        member = Member(f"{DIRECTORY}/boot/{name}", file, file.stat().st_size, True, patches)
        layout.place(member, page)
        plan = b""
        if kind == boot.LIBRARY:
            rest = sparse.Mapped.BEFORE_RELOCATION if self.full else sparse.Mapped.AT_LAST
            plan = sparse.plan(file.read_bytes(), patches, page, (), rest)
        return boot.Image(name, member.offset, member.size, kind, plan=plan)

    def _frozen(self, python: python_target.PythonTarget, launcher: "dict[str, pathlib.Path]") -> "dict[str, tuple[bytes, bool]]":
        """The modules of the start: name -> (marshalled code, whether it is a package)."""
        standard = self._role("stdlib")
        sources = {}
        for name in _START:
            path = name.replace(".", "/")
            for file, is_package in ((standard.get(f"{path}.py"), False), (standard.get(f"{path}/__init__.py"), True)):
                if file:
                    sources[name] = file, is_package
        for path, file in launcher.items():
            name = path[: -len(".py")].replace("/", ".")
            is_package = name.endswith(".__init__")
            if name != "__main__":
                sources[name[: -len(".__init__")] if is_package else name] = file, is_package
        texts = {name: file.read_bytes() + (_BEGIN_INTERPRETER if name == "encodings" else b"") for name, (file, _) in sources.items()}
        compiled = python_target.compile_texts(python, {f"<frozen {name}>": text for name, text in texts.items()})
        header = python_target.PYC_HEADER
        return {name: (compiled[f"<frozen {name}>"][header:], sources[name][1]) for name in sorted(sources)}
