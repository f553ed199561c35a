"""Says what the web client asks the server for when it shows a view."""

from lxml import etree

NAME = {"fields": {"display_name": {}}}


def specification(env, model_name, view_type, view_id=False):
    """Return the specification for ``web_read`` of all fields of a view, by default the
    default one, as ``getFieldsSpec`` of the web client makes it (without contexts)."""
    views = env[model_name].get_views([(view_id, view_type)])
    arch = etree.fromstring(views["views"][view_type]["arch"])
    return _specification(arch, views["models"], model_name)


def _specification(arch, models, model_name):
    fields = models[model_name]["fields"]
    depth = arch.xpath("count(ancestor-or-self::field)")
    result = {}
    for node in arch.xpath(f".//field[count(ancestor::field) = {depth}]"):
        name = node.get("name")
        field = fields[name]
        result.setdefault(name, {})
        if node.get("invisible") in ("1", "True"):
            continue
        if field["type"] in ("many2one", "reference"):
            result[name] = NAME
        elif field["type"] in ("one2many", "many2many"):
            shown = next((child for child in node if child.tag != "form"), None)
            if shown is not None:
                subfields = _specification(shown, models, field["relation"])
                result[name] = {"fields": subfields, "limit": 40}
            elif node.get("widget"):
                result[name] = NAME
    return result
