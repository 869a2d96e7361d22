"""JSON. It has no comments: what is to stay is kept by a baseline or by `per-file-ignores`."""

from ._configuration import Configuration


class Json(Configuration):
    name = "json"
    suffixes = (".json", ".jsonc", ".json5", ".tfvars.json", ".tf.json", ".json.example")
    form = "json"
