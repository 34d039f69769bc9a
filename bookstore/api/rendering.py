"""JSON in which money keeps its two decimals."""

from typing import Any

import simplejson
from rest_framework.renderers import JSONRenderer


class ExactJSONRenderer(JSONRenderer):
    """Writes a Decimal as a number with the decimals it has: `99.90`, neither `99.9` nor `"99.90"`."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None:
            return b""
        text = simplejson.dumps(
            data,
            cls=None,
            default=self.encoder_class().default,
            use_decimal=True,
            ensure_ascii=False,
            allow_nan=False,
        )
        return text.encode()
