"""How values look in JSON, and input that is taken at its word."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LINE = r"^[^\u0000-\u001f\u007f-\u009f]+$"
TEXT = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
"""A line with at least one character that can be seen."""

LARGEST_AMOUNT = Decimal("99999999.99")


class StrictSerializer(serializers.Serializer):
    """Input by named fields only: whatever is not known is refused, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := [str(name) for name in data if name not in known]:
                raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class StrictSerializerSchema(OpenApiSerializerExtension):
    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if not type(self.target).__doc__:  # what Python inherits is not meant for readers of the schema
            schema.pop("description", None)
        return schema | {"additionalProperties": False}


class NoInput(StrictSerializer):
    """For requests that say all in their address."""


class StringField(serializers.CharField):
    """A JSON string; DRF would also take numbers for one. `max_length` counts what came, not what is kept of it."""

    text_pattern = r"^[^\u0000]+$"
    """Of what is not blank."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class SecretField(StringField):
    """Any text but the empty one; spaces count."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


class TextField(StringField):
    """One line of text, kept without the spaces around it."""

    text_pattern = TEXT

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and CONTROL_CHARACTERS.search(data):
            raise serializers.ValidationError("This must be one line, without control characters.")
        return super().to_internal_value(data)


class StringFieldSchema(OpenApiSerializerFieldExtension):
    target_class = StringField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """drf-spectacular adds the empty string where a field may be blank."""
        is_line = isinstance(self.target, TextField) and self.target.allow_blank
        pattern = LINE if is_line else self.target.text_pattern
        return {"type": "string", "pattern": pattern, "maxLength": self.target.max_length}


class QuantityField(serializers.IntegerField):
    """A JSON integer; DRF would also take the string "2" for one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():  # JSON knows one kind of number: 2.0 is 2
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class NumberInQuery(serializers.IntegerField):
    """Digits and nothing else, as they stand in an address."""

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch("[0-9]{1,10}", data):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagInQuery(serializers.BooleanField):
    """`true` or `false`; DRF would also take `yes`, `on`, `1` and more."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")


class AmountField(serializers.DecimalField):
    """A JSON number with two decimals, in units of the currency (not minor units): `99.90`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_digits": 10, "decimal_places": 2, "min_value": 0, "coerce_to_string": False, **kwargs}
        )


class AmountFieldSchema(OpenApiSerializerFieldExtension):
    target_class = AmountField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": float(LARGEST_AMOUNT)}


class AgreedAmountField(AmountField):
    """An amount that the client read from us and says back. Decimals that no amount has make it another one."""

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        amount = Decimal(str(data))
        if amount < 0:
            self.fail("min_value", min_value=0)
        if amount > LARGEST_AMOUNT:
            self.fail("max_value", max_value=LARGEST_AMOUNT)
        return amount


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field):
    """ISO 8601 in UTC with milliseconds: `2026-11-23T09:30:00.000Z`."""

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
