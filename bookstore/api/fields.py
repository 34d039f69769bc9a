"""How values look in JSON, and input that is taken at its word."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class StrictSerializer(serializers.Serializer):
    """Input by named fields only: whatever is not known is refused, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := [str(name) for name in data if name not in known]:
                raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class NoInput(StrictSerializer):
    """For requests that say all in their address."""


class TextField(serializers.CharField):
    """A JSON string; DRF would also take numbers for one. NUL, which PostgreSQL cannot store, is refused by DRF."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class QuantityField(serializers.IntegerField):
    """A JSON integer; DRF would also take the string "2" for one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(
    {"type": "number", "format": "decimal", "multipleOf": 0.01, "minimum": 0, "examples": [99.99]}
)
class AmountField(serializers.DecimalField):
    """A JSON number with two decimals, in units of the currency (not minor units): `99.90`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_digits": 10, "decimal_places": 2, "min_value": 0, "coerce_to_string": False, **kwargs}
        )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field):
    """ISO 8601 in UTC with milliseconds: `2026-11-23T09:30:00.000Z`."""

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
