"""One byte string per event: three independent writers of JSON agree."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_flows.people.person import Role
from review_flows.records.canonical import canonical, plain
from review_flows.records.database import CHINA

LARGEST = 2**53 - 1
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def as_rfc_8785(value: Any) -> str:
    """RFC 8785 written from its text, for the values an event may hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(character) or _escaped(character) for character in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(as_rfc_8785, value)) + "]"
    members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
    return "{" + ",".join(f"{as_rfc_8785(key)}:{as_rfc_8785(item)}" for key, item in members) + "}"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if character < " " else character


@given(st.dictionaries(keys, values, max_size=6))
def test_orjson_json_and_rfc_8785_write_the_same_bytes(value: dict[str, Any]) -> None:
    ours = canonical(plain(value))
    assert ours == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert ours == as_rfc_8785(value).encode()
    assert json.loads(ours) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 12, 14), "2026-12-14"),
        (datetime(2026, 12, 14, 9, tzinfo=CHINA), "2026-12-14T09:00:00.000000+08:00"),
        (Decimal("1200000.50"), "1200000.50"),
        (Role.UNIT_HEAD, "unit_head"),
        (("乙", "甲"), ["乙", "甲"]),
        ({"b", "a"}, ["a", "b"]),
        ({"a": None, "b": {"c": None}}, {"b": {}}),
    ],
)
def test_what_has_a_single_form_is_written_in_it(value: object, expected: object) -> None:
    assert plain(value) == expected


@pytest.mark.parametrize(
    "value", [1.5, {"amount": 0.1}, object(), b"x", {1: "a"}, {"\U0001f600": 1}, [None], LARGEST + 1]
)
def test_what_has_none_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match="event cannot hold"):
        plain(value)
