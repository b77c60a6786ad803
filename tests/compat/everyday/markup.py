"""lxml: large extension modules; libxml2, which is inside of them, opens style sheets that lie beside them."""

from lxml import etree, isoschematron

SCHEMA = f"""
<schema xmlns="{isoschematron.SCHEMATRON_NS}">
  <pattern id="p"><rule context="list"><assert test="count(item) = 2">two</assert></rule></pattern>
</schema>
"""
schema = isoschematron.Schematron(etree.XML(SCHEMA))
assert schema.validate(etree.XML("<list><item/><item/></list>"))
assert not schema.validate(etree.XML("<list><item/></list>"))
print("OK")
