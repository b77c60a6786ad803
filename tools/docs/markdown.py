"""Markdown for what `starlark_doc_extract` knows of a .bzl file: one page a file, one section a symbol.

Attributes are a list rather than a table: most descriptions are sentences, which a table squeezes into a column, and whose
source, one line a row, nobody can review.
"""

from __future__ import annotations

from collections.abc import Iterable

from tools.docs.textproto import Message

_TYPES = {
    "BOOLEAN": "bool",
    "INT": "int",
    "INT_LIST": "list of ints",
    "LABEL": "label",
    "LABEL_KEYED_STRING_DICT": "dict: label to string",
    "LABEL_LIST": "list of labels",
    "NAME": "",
    "OUTPUT": "name of an output file",
    "OUTPUT_LIST": "list of names of output files",
    "STRING": "string",
    "STRING_DICT": "dict: string to string",
    "STRING_KEYED_LABEL_DICT": "dict: string to label",
    "STRING_LIST": "list of strings",
    "STRING_LIST_DICT": "dict: string to list of strings",
}
# Of Bazel, on every repository rule, and without a meaning to those who use modules.
_NOT_OURS = {"repo_mapping"}
_SIGNATURE_WIDTH = 100


def page(module: Message, repository: str) -> str:
    """The page of one .bzl file, which users load from `@repository`."""
    label = module.text("file")
    load = f"@{repository}{label}"
    sections = [
        *[(f.text("function_name"), _function(f, load)) for f in module.messages("func_info")],
        *[(r.text("rule_name"), _rule(r, load)) for r in module.messages("rule_info")],
        *[(r.text("rule_name"), _rule(r, load)) for r in module.messages("repository_rule_info")],
        *[(e.text("extension_name"), _extension(e, load)) for e in module.messages("module_extension_info")],
        *[(p.text("provider_name"), _provider(p, load)) for p in module.messages("provider_info")],
    ]
    blocks = [
        f"<!-- Made from {label} by `bazel run //docs:update`. Do not edit. -->",
        f"# {label.rpartition(':')[2]}",
        module.text("module_docstring").strip(),
        "On this page: " + ", ".join(f"[`{name}`](#{name.lower()})" for name, _ in sections),
        *[block for _, blocks in sections for block in blocks],
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _function(function: Message, load: str) -> list[str]:
    name = function.text("function_name")
    parameters = function.messages("parameter")
    blocks = [f"## {name}", _usage(name, load, [_formal(p) for p in parameters]), function.text("doc_string").strip()]
    blocks += _entries("Arguments", [(_shown_name(p), _need(p), p.text("doc_string")) for p in parameters])
    returns = function.message("return").text("doc_string").strip()
    return [*blocks, *([f"**Returns** {returns}"] if returns else [])]


def _rule(rule: Message, load: str) -> list[str]:
    name = rule.text("rule_name")
    return [
        f"## {name}",
        _usage(name, load, _formals(rule)),
        rule.text("doc_string").strip(),
        *_attributes(rule),
        _list("Provides", [p.text("provider_name") for p in rule.messages("advertised_providers")]),
    ]


def _extension(extension: Message, load: str) -> list[str]:
    name = extension.text("extension_name")
    doc = extension.text("doc_string").strip()
    use = f'use_extension("{load}", "{name}")'
    # Most have an example that begins with it.
    blocks = [f"## {name}", "" if use in doc else _code(f"{name} = {use}"), doc]
    for tag in extension.messages("tag_class"):
        tag_name = f"{name}.{tag.text('tag_name')}"
        blocks += [f"### {tag_name}", _code(_call(tag_name, _formals(tag))), tag.text("doc_string").strip(), *_attributes(tag)]
    return blocks


def _provider(provider: Message, load: str) -> list[str]:
    name = provider.text("provider_name")
    fields = [(f.text("name"), "", f.text("doc_string")) for f in provider.messages("field_info")]
    return [
        f"## {name}",
        _code(f'load("{load}", "{name}")'),
        provider.text("doc_string").strip(),
        *_entries("Fields", fields),
    ]


def _attributes(owner: Message) -> list[str]:
    entries = []
    for attribute in _ours(owner):
        kind = attribute.text("type")
        remarks = [_TYPES.get(kind, kind.lower().replace("_", " ")), _need(attribute)]
        entries.append((attribute.text("name"), ", ".join(filter(None, remarks)), attribute.text("doc_string")))
    return _entries("Attributes", entries)


def _ours(owner: Message) -> list[Message]:
    """The attributes to show, those that must be given first."""
    attributes = [a for a in owner.messages("attribute") if a.text("name") not in _NOT_OURS]
    return sorted(attributes, key=lambda a: (a.text("type") != "NAME", not a.flag("mandatory")))


def _need(formal: Message) -> str:
    if formal.flag("mandatory"):
        return "mandatory"
    default = formal.text("default_value")
    return f"default `{default}`" if default else ""


def _shown_name(parameter: Message) -> str:
    """With the stars of `*args` and `**kwargs`, which Bazel 7 only shows by there being no default."""
    name = parameter.text("name")
    if parameter.flag("mandatory") or parameter.text("default_value"):
        return name
    return ("*" if name == "args" else "**") + name


def _formals(owner: Message) -> list[str]:
    return [_formal(attribute) for attribute in _ours(owner)]


def _formal(formal: Message) -> str:
    default = formal.text("default_value")
    if default:
        return f"{formal.text('name')} = {default}"
    return _shown_name(formal) if not formal.text("type") else formal.text("name")


def _usage(name: str, load: str, formals: list[str]) -> str:
    return _code(f'load("{load}", "{name}")\n\n{_call(name, formals)}')


def _call(name: str, formals: list[str]) -> str:
    line = f"{name}({', '.join(formals)})"
    if len(line) <= _SIGNATURE_WIDTH:
        return line
    return "\n".join([f"{name}(", *[f"    {formal}," for formal in formals], ")"])


def _code(text: str) -> str:
    return f"```starlark\n{text}\n```"


def _list(title: str, names: list[str]) -> str:
    return f"**{title}** " + ", ".join(f"`{name}`" for name in names) if names else ""


def _entries(title: str, entries: Iterable[tuple[str, str, str]]) -> list[str]:
    """A list of (name, what may be given, description)."""
    items = []
    for name, remark, description in entries:
        head = f"* **`{name}`**" + (f" ({remark})" if remark else "")
        lines = description.strip().splitlines()
        items.append("\n".join([head + "<br>" if lines else head, *[f"  {line}".rstrip() for line in lines]]))
    return [f"**{title}**", "\n".join(items)] if items else []
