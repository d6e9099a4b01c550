"""What tests know of the API by its OpenAPI schema alone: its calls, their examples, and how to send them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """An endpoint.

    Arguments:
        body: the schema of its body, resolved; empty: it has none.
        form: whether the body is a form.
    """

    path: str
    method: str
    parameters: tuple[Json, ...]
    body: Json
    form: bool

    @property
    def streams(self) -> bool:
        """Whether its answer goes on for as long as somebody listens."""
        return self.path.endswith("/events")

    @property
    def example(self) -> Json:
        """A body as the schema shows it."""
        if "examples" in self.body:
            return dict(self.body["examples"][0])
        shown = {name: field["examples"][0] for name, field in self.properties.items() if field.get("examples")}
        return {name: value for name, value in shown.items() if name not in self.files}

    @property
    def properties(self) -> Json:
        return dict(self.body.get("properties", {}))

    @property
    def files(self) -> set[str]:
        """The fields that take a file."""
        return {
            name for name, field in self.properties.items() if "binary" in str(field) or "octet-stream" in str(field)
        }


def resolved(schema: Json, node: Json) -> Json:
    while "$ref" in node:
        node = schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def calls(schema: Json) -> Iterator[Call]:
    """Every endpoint of a schema."""
    for path, methods in sorted(schema["paths"].items()):
        for method, operation in sorted(methods.items()):
            content = operation.get("requestBody", {}).get("content", {})
            kind = next(iter(content), "")
            body = resolved(schema, content[kind]["schema"]) if kind else {}
            yield Call(path, method.upper(), tuple(operation.get("parameters", ())), body, "form" in kind)


def send(client: TestClient, call: Call, places: dict[str, str], query: Json, headers: Json, body: Any) -> Any:
    """Make a call; values of a form that are bytes are files."""
    path = call.path
    for name, value in places.items():
        path = path.replace("{" + name + "}", value)
    options: Json = {"params": query, "headers": headers}
    if call.form:
        options["files"] = {name: ("a.png", value) for name, value in body.items() if isinstance(value, bytes)}
        options["data"] = {name: value for name, value in body.items() if not isinstance(value, bytes)}
    elif call.body:
        options["json"] = body
    return client.request(call.method, path, **options)
