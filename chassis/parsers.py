"""Request bodies as views take them."""

from collections.abc import Mapping
from typing import Any

from rest_framework.parsers import BaseParser

from chassis import json_body


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return json_body.loads(stream.read())
