"""Logging in with a provider, in a real browser; the provider is small but signs its tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import delete

from chat.config import Settings
from chat.errors import ConfigurationError
from chat.people.accounts import Accounts
from chat.people.hashing import hashed
from chat.ui.login import oidc
from store import shares, users
from store.database import Database
from store.share_values import NewShare
from store.tables import users as table
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import User
from tests.logins import login_of
from tests.oidc_provider import Provider
from tests.processes import SOON, Server
from tests.store.samples import make
from tests.waiting import until

LOG_IN = "Log in with 127.0.0.1"


@pytest.fixture(scope="module")
def shared_provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


def with_provider(folder: Path, provider: Provider, **environment: str) -> Server:
    """Not started yet."""
    secrets = folder / "secrets.toml"
    known = {"PARLEY_AUTH": "oidc", "STREAMLIT_SECRETS_FILES": str(secrets)}
    server = Server(folder, SOON | known | environment)
    secrets.write_text(provider.secrets(server.url))
    return server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared_provider: Provider) -> Iterator[Server]:
    """Open to all whose address is verified and of example.org."""
    settings = {"PARLEY_REGISTRATION": "open", "PARLEY_OIDC_DOMAINS": "example.org"}
    with with_provider(tmp_path_factory.mktemp("oidc"), shared_provider, **settings) as server:
        yield server


@pytest.fixture
def provider(shared_provider: Provider) -> Provider:
    """The provider, where Eve is logged in."""
    shared_provider.reset()
    return shared_provider


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """The server's database, with nobody in it but an administrator, ``root``."""
    with opened(server) as found:
        with found.transaction() as db:
            db.execute(delete(table).where(table.c.id != LOCAL_USER))
            users.create(db, username="root", subject="https://x root", role="admin")
        yield found


@contextmanager
def opened(server: Server) -> Iterator[Database]:
    found = Database(f"sqlite:///{server.folder / 'data' / 'parley.db'}")
    found.open()
    yield found
    found.close()


def everybody(database: Database) -> list[User]:
    """All but ``root``."""
    with database.reading() as db:
        return [user for user in users.listed(db) if user.username != "root"]


def composer(page: Page) -> Any:
    return page.get_by_role("textbox", name="Message", exact=True)


def wall(page: Page) -> Any:
    return page.get_by_role("button", name=LOG_IN)


def log_in(page: Page) -> None:
    wall(page).click()
    expect(composer(page)).to_be_editable()


def test_the_first_comes_by_setup_code_and_the_next_stay_out(
    context: BrowserContext, page: Page, tmp_path: Path, provider: Provider
) -> None:
    """Registration is closed, unless somebody sets it."""
    with with_provider(tmp_path, provider) as server, opened(server) as database:
        page.goto(server.url)
        wall(page).click()
        page.get_by_label("Setup code").fill("guess")
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_text("The code is wrong, used or expired.")).to_be_visible()
        assert everybody(database) == []
        [code] = re.findall(r"Setup code: (\S+)", server.log)
        page.get_by_label("Setup code").fill(code)
        page.get_by_role("button", name="Set up").click()
        expect(composer(page)).to_be_editable()
        [eve] = everybody(database)
        assert (eve.subject, eve.role) == (f"{provider.url} 17", "admin")
        page.evaluate("document.documentElement.dataset.before = 1")
        page.get_by_role("button", name="Log out").click()
        # Until the browser has gone on, a click on what is seen would be lost.
        expect(page.locator("html[data-before]")).to_have_count(0)
        expect(wall(page)).to_be_visible()
        provider.claims = {**provider.claims, "sub": "18", "email": "ceo@example.org"}
        wall(page).click()
        expect(page.get_by_text("registration is closed")).to_be_visible()
        expect(composer(page)).to_have_count(0)
        assert everybody(database) == [eve]
        assert "Traceback" not in server.log


def test_an_unverified_address_needs_an_invitation(
    page: Page, server: Server, database: Database, provider: Provider
) -> None:
    provider.claims = {**provider.claims, "email_verified": False}
    with database.reading() as db:
        root = users.by_username(db, username="root")
    assert root
    accounts = Accounts(Settings(auth="oidc", registration="open"), database)
    code = accounts.new_invitation(login_of(root))
    page.goto(f"{server.url}/?invite={code}")
    expect(page.get_by_text("Log in, then open your invitation once more.")).to_be_visible()
    wall(page).click()
    expect(page.get_by_label("Invitation code")).to_be_visible()
    assert everybody(database) == []
    page.goto(f"{server.url}/?invite={code}")
    expect(page.get_by_label("Invitation code")).to_have_value(code)
    page.get_by_role("button", name="Register").click()
    expect(composer(page)).to_be_editable()
    [eve] = everybody(database)
    assert (eve.username, eve.email, eve.role) == ("eve", None, "user")


def test_a_verified_address_of_the_domain_comes_in_and_opens_nobody_elses_chats(
    context: BrowserContext, page: Page, server: Server, database: Database, provider: Provider
) -> None:
    """By a link to a chat, which is on screen after the login."""
    logged = len(server.log)

    def kept() -> list[str]:
        return [cookie.get("value", "") for cookie in context.cookies()]

    with database.transaction() as db:
        root = users.by_username(db, username="root")
        assert root
        place = make(db, root.id, title="Shared by root")
        new = NewShare(mode="live", expires_at=utc_now() + timedelta(days=1))
        shares.create(db, place, new=new, token_hash=hashed("of-root"))
    page.goto(f"{server.url}/share/of-root")
    expect(page.get_by_text("Log in to read the shared chat.")).to_be_visible()
    expect(page.get_by_text("Shared by root")).to_have_count(0)
    assert everybody(database) == []
    until(lambda: "of-root" in kept())
    wall(page).click()
    expect(page.get_by_text("Shared by root")).to_be_visible()
    until(lambda: "of-root" not in kept())
    page.goto(server.url)
    expect(composer(page)).to_be_editable()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("Signed in as Eve")
    [eve] = everybody(database)
    assert (eve.subject, eve.role) == (f"{provider.url} 17", "user")
    page.reload()
    expect(composer(page)).to_be_editable()
    assert "Traceback" not in server.log[logged:]
    # Whoever has the same address at the provider is somebody else.
    page.get_by_role("button", name="Log out").click()
    expect(wall(page)).to_be_visible()
    provider.claims = {**provider.claims, "sub": "18", "name": "Mallory"}
    log_in(page)
    expect(page.get_by_test_id("stSidebar")).to_contain_text("Signed in as Mallory")
    eve, mallory = everybody(database)
    assert eve.email == mallory.email == "eve@example.org"
    assert mallory.role == "user"
    assert mallory.id != eve.id


def test_logging_out_ends_the_login_in_every_tab_and_copy(
    context: BrowserContext, page: Page, server: Server, database: Database, provider: Provider
) -> None:
    page.goto(server.url)
    log_in(page)
    other = context.new_page()
    other.goto(server.url)
    expect(composer(other)).to_be_editable()
    cookies = context.cookies()
    page.get_by_role("button", name="Log out").click()
    expect(wall(page)).to_be_visible()
    expect(other.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    context.clear_cookies()
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(server.url)
    expect(page.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    expect(composer(page)).to_have_count(0)


def test_whoever_is_logged_out_everywhere_or_disabled_is_told_so(
    context: BrowserContext, page: Page, server: Server, database: Database, provider: Provider
) -> None:
    page.goto(server.url)
    log_in(page)
    [eve] = everybody(database)
    with database.transaction() as db:
        users.log_out_everywhere(db, user_id=eve.id, now=utc_now())
    page.reload()
    expect(page.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    with database.transaction() as db:
        users.set_disabled(db, user_id=eve.id, disabled=True)
    said = page.get_by_text("Your account is disabled. Ask an administrator.")
    page.reload()
    expect(said).to_be_visible()
    with page.expect_response(lambda answer: "oauth2callback" in answer.url):
        wall(page).click()
    page.wait_for_load_state()
    expect(said).to_be_visible()
    expect(composer(page)).to_have_count(0)


def test_a_token_that_somebody_else_signed_is_refused(
    page: Page, server: Server, database: Database, provider: Provider
) -> None:
    provider.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    page.goto(server.url)
    with page.expect_response(lambda answer: "oauth2callback" in answer.url):
        wall(page).click()
    expect(wall(page)).to_be_visible()
    assert everybody(database) == []
    assert "OAuth token exchange failed" in server.log


def test_without_auth_in_the_secrets_it_does_not_start(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text('[auth]\nclient_id = "x"\nredirect_uri = "http://x/oauth2callback"')
    environment = {"PARLEY_AUTH": "oidc", "STREAMLIT_SECRETS_FILES": str(secrets)}
    server = Server(tmp_path, environment)
    with pytest.raises(AssertionError, match="did not start"):
        server.start()
    assert "Parley cannot start. PARLEY_AUTH=oidc needs cookie_secret" in server.log
    assert "[auth] of .streamlit/secrets.toml" in server.log


def test_all_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "secrets", {})
    named = "redirect_uri, cookie_secret, client_id, client_secret, server_metadata_url"
    with pytest.raises(ConfigurationError, match=f"PARLEY_AUTH=oidc needs {named}"):
        oidc.check()
