from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chat.agent.models.failures import from_error_object
from tests.chat.agent.conftest import KEY, Ask, refusal
from tests.model_script import Script, raw


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7),
        ({"retry_after": "0.2"}, 0.2),
        ({"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
    ],
)
def test_the_wait_is_told(ask: Ask, headers: dict[str, str], seconds: float) -> None:
    _, error = ask(refusal(429, **headers))
    assert error is not None
    assert error.retry_after == seconds
    assert error.fix.startswith("Try again in ")
    assert error.fix.endswith((" second.", " seconds."))


def test_a_wait_until_a_date_is_told_in_seconds(ask: Ask) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90))
    _, error = ask(refusal(429, retry_after=date))
    assert error is not None
    assert error.retry_after is not None
    assert 30 < error.retry_after <= 90


@pytest.mark.parametrize("value", ["soon", "", "Mon, 99 Foo 2026", "inf", "nan", "-5"])
def test_a_wait_that_cannot_be_read_is_no_wait(ask: Ask, value: str) -> None:
    _, error = ask(refusal(429, retry_after=value))
    assert error is not None
    assert (error.retry_after, error.fix) == (None, "Try again in a minute.")


def test_quota_says_so(ask: Ask) -> None:
    _, error = ask(refusal(429, "You exceeded your current quota", "insufficient_quota"))
    assert error is not None
    assert "quota" in error.message
    assert "billing" in error.fix


def test_the_provider_is_quoted_but_not_at_length(ask: Ask) -> None:
    _, error = ask(refusal(500, "The cause.  " + "long " * 500))
    assert error is not None
    assert 'It said: "The cause. long' in error.message
    assert len(error.message) < 400


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "sk-proj-other_Key-1234",
        "Bearer abc.def",
        "AIzaSyA1234567890abcdefghij",
        "gsk_abcdefgh123456",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.sig-nature",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_keys_are_nowhere(ask: Ask, secret: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for script in (
        refusal(401, f"Incorrect key {secret} given"),
        Script([raw({"error": {"message": f"Incorrect key {secret} given", "code": 401}})]),
    ):
        _, error = ask(script)
        assert error is not None
        assert error.code == "key_refused"
        shown = "".join(traceback.format_exception(error))
        assert secret not in f"{error} {error!r} {error.message} {error.fix} {shown}"
        assert "Incorrect key [key] given" in error.message
    assert KEY not in caplog.text


def test_a_key_without_a_known_shape_is_masked_too(ask: Ask) -> None:
    _, error = ask(refusal(401, "No such key: open sesame"), key="open sesame")
    assert error is not None
    assert "sesame" not in str(error)


def test_a_key_that_fits_no_header(ask: Ask) -> None:
    _, error = ask(key="sk-…secret")
    assert error is not None
    assert error.code == "request_refused"
    assert "secret" not in "".join(traceback.format_exception(error))


def test_words_that_are_no_keys_stay() -> None:
    text = "meta-llama/Llama-3.3-70B-Instruct-Turbo is overloaded, see api-docs"
    assert text in from_error_object({"message": text}).message
