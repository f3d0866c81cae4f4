"""What Streamlit's inside is asked about uploads is still there, and still needed."""

from __future__ import annotations

import json

import pytest
from streamlit import config
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette import starlette_app_utils
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from chat.server.uploads import FILE_MAX, MEGABYTE
from chat.ui.internals import uploads

HERE = "https://chat.example.org"
SAID = {"origin": HERE, "is_logged_in": True, "iss": "https://login.example.org", "sub": "17"}


def cookie(said: object, secret: str) -> dict[str, str]:
    signed = starlette_app_utils.create_signed_value(secret, USER_COOKIE_NAME, json.dumps(said))
    return {USER_COOKIE_NAME: signed.decode("latin-1")}


def test_a_providers_claims_are_those_that_streamlit_signed() -> None:
    good = cookie(SAID, get_cookie_secret())
    found = uploads.claims(good, HERE)
    assert (found["iss"], found["sub"], found["is_logged_in"]) == (SAID["iss"], "17", True)


@pytest.mark.parametrize("origin", ["", "https://evil.example", "null"])
def test_from_another_page_they_are_nobodys(origin: str) -> None:
    assert not uploads.claims(cookie(SAID, get_cookie_secret()), origin)


def test_made_up_ones_too() -> None:
    for cookies in (cookie(SAID, "k" * 64), {USER_COOKIE_NAME: "x"}, {USER_COOKIE_NAME: ""}, {}):
        assert not uploads.claims(cookies, HERE)


def test_files_are_where_they_are_looked_for() -> None:
    assert MemoryUploadedFileManager("/x").file_storage == {}


def test_one_file_of_the_greatest_size_is_let_in() -> None:
    assert config.get_option("server.maxUploadSize") * MEGABYTE < FILE_MAX
