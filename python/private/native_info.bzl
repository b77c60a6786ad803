"""What the native aspect gathers."""

ParNativeInfo = provider(
    doc = """\
The native code below a target. Absent from targets that have none.

`shared` and `linked` hold structs, called natives: `path` (string, the member's path in a par), `file` (File, its content)
and `aliases` (tuple of strings: names besides its SONAME by which DT_NEEDED of other files means it).
""",
    fields = {
        "excludes": "depset of Files that are of no use in a par: archives, interface libraries, and second copies of natives.",
        "link": "depset of LinkerInputs: what a library that has this target in `deps` is linked with. It does not reach " +
                "beyond the first shared objects, which know their own needs.",
        "linked": "depset of natives made of cc_library targets, here and along `deps`. Whoever links those libraries statically " +
                  "has no use for them.",
        "linked_files": "depset of the Files of `linked`, as inputs of an action.",
        "owners": "depset of Labels: whose LinkerInputs are accounted for, here or below.",
        "shared": "depset of natives that are needed whoever asks: those that are shared objects without our doing, and all " +
                  "that lies in `data`.",
        "shared_files": "depset of the Files of `shared`, as inputs of an action.",
    },
)
