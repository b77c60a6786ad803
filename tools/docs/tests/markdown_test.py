"""The page of a small .bzl file, piece by piece."""

import pytest

from tools.docs import markdown
from tools.docs.textproto import parse

_EXTRACT = r"""
func_info {
  function_name: "bake"
  parameter { name: "name" doc_string: "the target." mandatory: true }
  parameter { name: "oven" doc_string: "which one,\nof many." default_value: "None" }
  parameter { name: "kwargs" doc_string: "the rest." }
  doc_string: "Bakes.\n"
  return { doc_string: "a cake." }
}
rule_info {
  rule_name: "cake"
  doc_string: "A cake."
  attribute { name: "name" doc_string: "A name." type: NAME mandatory: true }
  attribute { name: "layers" doc_string: "From below." type: LABEL_LIST default_value: "[]" }
  attribute { name: "flour" doc_string: "Of what." type: STRING mandatory: true }
  advertised_providers { provider_name: "CakeInfo" }
}
repository_rule_info {
  rule_name: "bakery"
  attribute { name: "name" type: NAME mandatory: true }
  attribute { name: "repo_mapping" type: STRING_DICT }
}
module_extension_info {
  extension_name: "shop"
  doc_string: "Buys."
  tag_class {
    tag_name: "order"
    doc_string: "One order."
    attribute { name: "count" doc_string: "How many." type: INT default_value: "1" }
  }
}
provider_info {
  provider_name: "CakeInfo"
  doc_string: "Of a cake."
  field_info { name: "weight" doc_string: "int: grams." }
}
module_docstring: "Cakes.\n"
file: "//kitchen:defs.bzl"
"""


@pytest.fixture(name="page", scope="module")
def _page() -> str:
    return markdown.page(parse(_EXTRACT), "rules_cake")


@pytest.mark.parametrize(
    "piece",
    [
        "# defs.bzl\n\nCakes.\n\nOn this page: [`bake`](#bake), [`cake`](#cake), [`bakery`](#bakery), [`shop`](#shop), "
        "[`CakeInfo`](#cakeinfo)\n",
        '## bake\n\n```starlark\nload("@rules_cake//kitchen:defs.bzl", "bake")\n\nbake(name, oven = None, **kwargs)\n```\n\nBakes.\n\n',
        "* **`name`** (mandatory)<br>\n  the target.\n* **`oven`** (default `None`)<br>\n  which one,\n  of many.\n"
        "* **`**kwargs`**<br>\n  the rest.\n\n**Returns** a cake.\n",
        "cake(name, flour, layers = [])\n",
        "* **`flour`** (string, mandatory)<br>\n  Of what.\n* **`layers`** (list of labels, default `[]`)<br>\n  From below.\n\n"
        "**Provides** `CakeInfo`\n",
        "bakery(name)\n",
        '## shop\n\n```starlark\nshop = use_extension("@rules_cake//kitchen:defs.bzl", "shop")\n```\n\nBuys.\n\n'
        "### shop.order\n\n```starlark\nshop.order(count = 1)\n```\n\nOne order.\n\n**Attributes**\n\n"
        "* **`count`** (int, default `1`)<br>\n  How many.\n",
        "Of a cake.\n\n**Fields**\n\n* **`weight`**<br>\n  int: grams.\n",
    ],
)
def test_the_page_has(page: str, piece: str) -> None:
    assert piece in page


def test_what_bazel_adds_for_itself_is_left_out(page: str) -> None:
    assert "repo_mapping" not in page


def test_long_calls_take_a_line_each() -> None:
    parameters = "".join(f'parameter {{ name: "parameter_{n}" mandatory: true }} ' for n in range(9))
    page = markdown.page(parse(f'func_info {{ function_name: "long" {parameters} }} file: "//:a.bzl"'), "r")
    assert "\nlong(\n    parameter_0,\n" in page and "    parameter_8,\n)\n" in page
