"""What administrators made ends with their role; tokens end with a password. Others revoke both."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chat.config import Settings
from chat.errors import Forbidden
from chat.people.members import Members
from chat.runtime import Runtime, put_together
from store import codes, tokens, users
from store.errors import CodeNotFound, TokenNotFound
from store.types import utc_now
from store.values import User
from tests.logins import login_of
from tests.store.samples import PASSWORD, add_user

ANOTHER = "another horse"
End = Callable[[Members, User, User], None]
"""How ``root`` takes the role of somebody."""
ENDS: dict[str, End] = {
    "demoted": lambda members, root, user: members.set_role(login_of(root), user.id, "user"),
    "disabled": lambda members, root, user: members.set_disabled(
        login_of(root), user.id, disabled=True
    ),
    "removed": lambda members, root, user: members.remove(login_of(root), user.id),
    "left": lambda members, _, user: members.remove(login_of(user), user.id),
}


@pytest.fixture
def parts(database_url: str) -> Iterator[Runtime]:
    settings = Settings(
        database_url=database_url, auth="password", registration="invite", find_local_servers=False
    )
    made = put_together(settings)
    made.start()
    yield made
    made.close()


@pytest.fixture
def root(parts: Runtime) -> User:
    return add_user(parts.database, "root", role="admin")


@pytest.fixture
def boss(parts: Runtime) -> User:
    """Another administrator."""
    return add_user(parts.database, "boss", role="admin")


def register(parts: Runtime, code: str, name: str = "kim") -> User:
    return parts.accounts.register(username=name, password=PASSWORD, address="x", code=code)


def reset(parts: Runtime, code: str) -> User:
    return parts.accounts.reset_password(code=code, password=ANOTHER, address="x")


@pytest.mark.parametrize("how", ENDS)
def test_codes_end_with_the_role_of_who_made_them(
    parts: Runtime, root: User, boss: User, how: str
) -> None:
    by, accounts = login_of(boss), parts.accounts
    invitation = accounts.new_invitation(by, role="admin")
    link = accounts.new_reset_code(by, user_id=root.id)
    others = accounts.new_invitation(login_of(root))
    ENDS[how](parts.members, root, boss)
    for use, code in ((register, invitation), (reset, link)):
        with pytest.raises(Forbidden, match="wrong, used or expired"):
            use(parts, code)
    with parts.database.reading() as db:
        assert [code.made_by for code in codes.listed(db, now=utc_now(), limit=9)] == [root.id]
    assert register(parts, others).role == "user"


def test_a_code_made_while_the_role_goes_does_not_work(
    parts: Runtime, root: User, boss: User
) -> None:
    by = login_of(boss)
    parts.members.set_role(login_of(root), boss.id, "user")
    code = parts.accounts.new_invitation(by, role="admin")  # looked up a moment ago
    with pytest.raises(Forbidden):
        register(parts, code)
    with pytest.raises(Forbidden, match="Only administrators"):
        parts.accounts.new_invitation(login_of(add_user(parts.database, "ann")))


def test_codes_from_before_end_with_any_administrators_role(
    parts: Runtime, root: User, boss: User
) -> None:
    """Nobody knows who made them."""
    code = parts.accounts._new_code(codes.INVITE, 7, role="admin")
    parts.members.remove(login_of(root), add_user(parts.database, "ann").id)
    with parts.database.reading() as db:
        assert codes.listed(db, now=utc_now(), limit=9)
    parts.members.set_role(login_of(root), boss.id, "user")
    with pytest.raises(Forbidden):
        register(parts, code)


def test_administrators_revoke_codes(parts: Runtime, root: User, boss: User) -> None:
    code = parts.accounts.new_invitation(login_of(boss))
    with parts.database.reading() as db:
        [listed] = codes.listed(db, now=utc_now(), limit=9)
    ann = add_user(parts.database, "ann")
    with pytest.raises(Forbidden, match="Only administrators"):
        parts.members.revoke_code(login_of(ann), listed.code_hash)
    parts.members.revoke_code(login_of(root), listed.code_hash)
    with pytest.raises(Forbidden):
        register(parts, code)
    with pytest.raises(CodeNotFound):
        parts.members.revoke_code(login_of(root), listed.code_hash)


def test_administrators_revoke_anybodys_token(parts: Runtime, root: User) -> None:
    ann, bob = (add_user(parts.database, name) for name in ("ann", "bob"))
    hers = parts.accounts.new_token(login_of(ann), name="laptop")
    with pytest.raises(Forbidden, match="Only administrators"):
        parts.members.revoke_token(login_of(bob), ann.id, hers.kept.id)
    with parts.database.reading() as db:
        assert [(user.id, kept) for user, kept in tokens.of_all(db, limit=9)] == [
            (ann.id, hers.kept)
        ]
    assert parts.identities.by_token(hers.token)
    parts.members.revoke_token(login_of(root), ann.id, hers.kept.id)
    assert parts.identities.by_token(hers.token) is None
    with pytest.raises(TokenNotFound):
        parts.members.revoke_token(login_of(root), ann.id, hers.kept.id)


NEW_PASSWORDS: dict[str, Callable[[Runtime, User, User], object]] = {
    "changed": lambda parts, _, user: parts.accounts.change_password(
        user_id=user.id, old=PASSWORD, new=ANOTHER, address="x"
    ),
    "reset": lambda parts, root, user: reset(
        parts, parts.accounts.new_reset_code(login_of(root), user_id=user.id)
    ),
    "logged out everywhere": lambda parts, _, user: parts.members.log_out_everywhere(user.id),
}


@pytest.mark.parametrize("how", NEW_PASSWORDS)
def test_api_tokens_end_with_the_logins(parts: Runtime, root: User, how: str) -> None:
    ann, bob = (add_user(parts.database, name) for name in ("ann", "bob"))
    hers, his = (parts.accounts.new_token(login_of(user), name="x").token for user in (ann, bob))
    NEW_PASSWORDS[how](parts, root, ann)
    assert parts.identities.by_token(hers) is None
    assert parts.identities.by_token(his)
    with parts.database.reading() as db:
        assert tokens.listed(db, user_id=ann.id) == []
        again = users.get(db, user_id=ann.id)
    assert parts.accounts.new_token(login_of(again), name="new")


def test_a_token_makes_none(parts: Runtime, root: User) -> None:
    token = parts.accounts.new_token(login_of(root), name="x").token
    found = parts.identities.by_token(token)
    assert found
    with pytest.raises(Forbidden, match="cannot make API tokens"):
        parts.accounts.new_token(found, name="for ever")
