from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import json_stream
from store.errors import Refused
from store.json_stream import JsonStream

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


class Drops(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, _size: int | None = None) -> bytes:
        return super().read(self._size)


@given(values=st.lists(JSON, max_size=5), size=st.integers(1, 90), indent=st.none() | st.just(2))
def test_what_json_reads_is_read_however_it_comes(
    values: list[Any], size: int, indent: int | None
) -> None:
    text = json.dumps({"a": 1, "all": values, "z": [2.5]}, indent=indent)
    stream = JsonStream(Drops(text.encode("utf-8", "replace"), size))
    found: dict[str, Any] = {}
    for name in stream.names():
        if name == "all":
            found[name] = [stream.value() for _ in stream.items()]
        else:
            found[name] = stream.value()
    stream.end()
    assert found == json.loads(text.encode("utf-8", "replace"))


NO_LISTS = ["", "[1", "[1,", "[tru", '["a', "[1 2]", "[1]]", "[NaN]", "[" * 100_000, "[1e", "[-]"]
NO_LISTS += ["[\\", '["\\ud8', "{}", "[9" + "9" * 5000 + "]"]


@pytest.mark.parametrize("text", NO_LISTS)
def test_what_is_no_list_of_json_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read(JsonStream(io.BytesIO(text.encode())))


def read(stream: JsonStream) -> list[object]:
    found = [stream.value() for _ in stream.items()]
    stream.end()
    return found


def test_a_value_has_a_largest_size_and_number_of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", 100)
    small = JsonStream(io.BytesIO(json.dumps(["x" * 900] * 9).encode()), 1000)
    assert len([small.value() for _ in small.items()]) == 9
    large = JsonStream(io.BytesIO(json.dumps(["x" * 9000]).encode()), 1000)
    with pytest.raises(Refused, match="more than"):
        _ = [large.value() for _ in large.items()]
    monkeypatch.setattr(json_stream, "LISTS_MAX", 100)
    many = JsonStream(io.BytesIO(json.dumps([[[]] * 900]).encode()))
    with pytest.raises(Refused, match="too many parts"):
        _ = [many.value() for _ in many.items()]
