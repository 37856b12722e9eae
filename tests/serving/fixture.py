"""What the conformance suite asks of every server beside its own tools: tools, resources and prompts with fixed answers.

They are for the suite alone. What it asks of servers that ask back (sampling, elicitation, logging, progress) is not
here: ALMA never does any of it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from alma.mcp.service import Service

Wire = dict[str, Any]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQAAAAA="


def text(said: str) -> Wire:
    return {"type": "text", "text": said}


def embedded(uri: str, kind: str, said: str) -> Wire:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": said}}


IMAGE = {"type": "image", "data": PNG, "mimeType": "image/png"}
ANSWERS: dict[str, list[Wire]] = {
    "test_simple_text": [text("This is a simple text response for testing.")],
    "test_image_content": [IMAGE],
    "test_audio_content": [{"type": "audio", "data": WAV, "mimeType": "audio/wav"}],
    "test_embedded_resource": [
        embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    ],
    "test_multiple_content_types": [
        text("Multiple content types test:"),
        IMAGE,
        embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
    "test_error_handling": [text("This tool intentionally returns an error for testing")],
    "json_schema_2020_12_tool": [text("A tool with a schema that says what schemas can say.")],
}
PHONE = {"properties": {"by": {"const": "phone"}}, "required": ["by"]}
SCHEMAS: dict[str, Wire] = {
    "json_schema_2020_12_tool": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "by": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": PHONE,
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    }
}
RESOURCES: dict[str, Wire] = {
    "test://static-text": {
        "mimeType": "text/plain",
        "text": "This is the content of the static text resource.",
    },
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
}
TEMPLATE = re.compile(r"test://template/(\w+)/data")
PROMPTS: dict[str, tuple[str, ...]] = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
}


class Fixture(Service):
    """ALMA's service with these beside its own."""

    def tools(self, asked: Wire) -> Wire:
        empty = {"type": "object", "properties": {}}
        more = [
            {"name": name, "description": "For the suite.", "inputSchema": SCHEMAS.get(name, empty)}
            for name in ANSWERS
        ]
        return {"tools": [*super().tools(asked)["tools"], *more]}

    def call(self, asked: Wire) -> Wire:
        name = asked["name"]
        if name not in ANSWERS:
            return super().call(asked)
        return {"content": ANSWERS[name], "isError": name == "test_error_handling"}

    def resources(self, asked: Wire) -> Wire:
        more = [{"uri": uri, "name": uri, "mimeType": one["mimeType"]} for uri, one in RESOURCES.items()]
        return {"resources": [*super().resources(asked)["resources"], *more]}

    def read(self, asked: Wire) -> Wire:
        uri = asked["uri"]
        if found := TEMPLATE.fullmatch(uri):
            said = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
            return {"contents": [{"uri": uri, "mimeType": "application/json", "text": json.dumps(said)}]}
        return {"contents": [{"uri": uri, **RESOURCES[uri]}]} if uri in RESOURCES else super().read(asked)

    def prompts(self, asked: Wire) -> Wire:
        more = [
            {
                "name": name,
                "description": "For the suite.",
                "arguments": [{"name": one, "required": True} for one in needed],
            }
            for name, needed in PROMPTS.items()
        ]
        return {"prompts": [*super().prompts(asked)["prompts"], *more]}

    def prompt(self, asked: Wire) -> Wire:
        if asked["name"] not in PROMPTS:
            return super().prompt(asked)
        contents = said(asked["name"], asked.get("arguments") or {})
        return {"messages": [{"role": "user", "content": one} for one in contents]}


def said(prompt: str, given: dict[str, str]) -> list[Wire]:
    """What a prompt says."""
    if prompt == "test_prompt_with_arguments":
        return [text(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'")]
    if prompt == "test_prompt_with_embedded_resource":
        about = embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing.")
        return [about, text("Please process the embedded resource above.")]
    if prompt == "test_prompt_with_image":
        return [IMAGE, text("Please analyze the image above.")]
    return [text("This is a simple prompt for testing.")]
