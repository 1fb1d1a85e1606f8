"""The API's documentation as OpenAPI 3.1, made of the table of operations and of the records that they answer with."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from edge_brain import __version__
from edge_brain.web.api.operations import Field, Operation
from edge_brain.web.door import CSRF_HEADER

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_ERRORS = {
    "400": "what was given cannot be meant, or is no picture", "401": "no token, or a wrong one",
    "403": "a change without the CSRF token, or from another site", "404": "no such frame or class",
    "409": "not now: another job is at work, or a frame is tagged otherwise than expected",
    "413": "more than 32 MiB", "429": "too many wrong tokens", "503": "the brain is busy, or the disk refused",
}  # fmt: skip


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the OpenAPI document of a table of operations."""
    schemas: dict[str, Any] = {"Error": _error()}
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(f"/api{operation.path}", {})[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "edge_brain workspace",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": (
                "Tag, predict, and read the Brain Score of one brain on the device that serves it. Names are those of "
                "the Python SDK. Where the LAN can reach the device a token is needed; a change always needs it, or "
                f"the header {CSRF_HEADER} with what GET /api/session tells."
            ),
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"cookie": [], "csrf": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "edge_brain_PORT"},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
            },
        },
    }


def _described(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"operationId": operation.name, "summary": operation.about}
    if operation.query:
        told["parameters"] = [
            {"name": name, "in": "query", "required": each.needed, "description": each.about,
             "schema": dict(each.kind.schema)}
            for name, each in operation.query.items()
        ]  # fmt: skip
    if operation.picture:
        told["requestBody"] = {
            "required": True,
            "description": "the file of one picture: JPEG, PNG, WebP, GIF, BMP, TIFF, PPM or AVIF, 32 MiB at most",
            "content": {"image/*": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}},
        }
    if operation.json:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": _object(operation.json)}}}
    answer = {"application/json": {"schema": _schema(operation.answers, schemas)}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    told["responses"] = {"200": {"description": "done", "content": answer}} | {
        status: {"description": text, "content": error} for status, text in _ERRORS.items()
    }
    return told


def _object(taken: Mapping[str, Field[Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {**each.kind.schema, "description": each.about} for name, each in taken.items()},
        "required": [name for name, each in taken.items() if each.needed],
        "additionalProperties": False,
    }


def _error() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("error", "message")}
    return {"type": "object", "properties": texts, "required": list(texts)}


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a type; records are put among `schemas` and referred to."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return {}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if is_dataclass(kind):
        return _record(kind, schemas)
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(each, schemas) for each in parts]}
    if origin is tuple and parts[-1] is not Ellipsis:
        every = [_schema(each, schemas) for each in parts]
        return {"type": "array", "prefixItems": every, "minItems": len(every), "maxItems": len(every)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(parts[1], schemas)}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return {"type": "array", "items": _schema(parts[0], schemas)}
    raise TypeError(f"{kind} has no JSON Schema")  # a record has got a field of a new kind: teach it here


def _record(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in schemas:
        schemas[kind.__name__] = {}  # it may hold records of its own kind
        hints = get_type_hints(kind)
        properties = {each.name: _schema(hints[each.name], schemas) for each in fields(kind)}
        if isinstance(getattr(kind, "tagged", None), property):
            properties["tagged"] = properties["label"]
        schemas[kind.__name__] = {
            "type": "object", "description": (kind.__doc__ or "").split("\n")[0], "properties": properties,
            "required": list(properties),
        }  # fmt: skip
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
