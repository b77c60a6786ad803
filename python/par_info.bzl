"""What a par target tells other rules."""

ParInfo = provider(
    doc = "The par that a `par`, `par_binary` or `par_test` target makes.",
    fields = {
        "listing": "File: JSON, what is in the par and how each shared object's needs are met. It comes from the action " +
                   "that writes the par; to ask for it alone, use the output group `par_manifest`.",
        "par": "File: the par, an executable that is also a ZIP archive.",
    },
)
