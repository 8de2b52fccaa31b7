"""One byte string per event: JSON as RFC 8785 (JCS) writes it, for the values that an event may hold.

Objects, arrays, strings, integers, true and false. No floats (two programs print them differently; money is a decimal
string), no null (a key without a value is left out). With integers inside ±(2^53 − 1) and keys inside the basic
multilingual plane, orjson with sorted keys, `json.dumps(sort_keys=True)` and RFC 8785 give the same bytes.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson

_LARGEST_INTEGER = 2**53 - 1  # beyond it RFC 8785 (JavaScript's numbers) is not exact


def canonical(value: Any) -> bytes:
    """The bytes of a value made by `plain()`."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def plain(value: Any) -> Any:
    """The same value in the types an event may hold; raises TypeError or ValueError for one that has no single form.

    >>> plain({"due_on": date(2026, 12, 14), "reason": None, "amount": Decimal("1.50"), "rules": ("ND-11",)})
    {'due_on': '2026-12-14', 'amount': '1.50', 'rules': ['ND-11']}
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _written(value)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        from review_flows.records.database import instant_text

        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    raise TypeError(f"an event cannot hold a {type(value).__name__}: {value!r}")


def _integer(value: int) -> int:
    if abs(value) > _LARGEST_INTEGER:
        raise ValueError(f"an event cannot hold the integer {value}: write it as text")
    return int(value)


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str) or not (key.isascii() or max(key) <= "\uffff"):
        raise TypeError(f"an event cannot hold the key {key!r}")
    return str(key)
