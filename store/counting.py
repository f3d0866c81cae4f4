"""What an answer counts for when it has ended, whoever ends it, and what counts besides."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, exists, select
from sqlmodel import Session

from store import usage
from store.ending import Ending
from store.tables import messages, sessions, users
from store.texts import repaired
from store.types import Found
from store.usage import UsagePlace, UsageSums
from store.values import OPEN, SessionKey

MODEL_MAX, PERSONA_MAX = 200, 64


_OTHER = messages.alias()
IS_FIRST = (
    ~exists()
    .where(
        _OTHER.c.user_id == messages.c.user_id,
        _OTHER.c.session_id == messages.c.session_id,
        _OTHER.c.parent_id == messages.c.parent_id,
        _OTHER.c.role == "assistant",
        _OTHER.c.id < messages.c.id,
    )
    .correlate(messages)
).label("is_first")
"""Whether an answer is the first one to its question: with it that counts."""


def count_asides(
    db: Session,
    key: SessionKey,
    these: Iterable[tuple[str, UsageSums]],
    *,
    persona: str = "",
    now: datetime,
) -> None:
    """Count calls that wrote no answer, each by the model that was asked; in no chat's sums.

    Also where the chat is gone meanwhile; not where the user is.
    """
    chat = and_(sessions.c.user_id == users.c.id, sessions.c.session_id == key.session_id)
    known = select(sessions.c.persona, sessions.c.folder).select_from(
        users.outerjoin(sessions, chat)
    )
    query = known.where(users.c.id == key.user_id)
    found = db.execute(query.with_for_update(read=True, key_share=True, of=users)).first()
    if found is None:
        return
    who = repaired(persona or found.persona or "")[:PERSONA_MAX]
    for model, sums in these:
        place = UsagePlace(key.user_id, repaired(model)[:MODEL_MAX], who, found.folder or "")
        usage.add(db, place, sums, now=now)


def place_of(key: SessionKey, session: Found, ended: Ending) -> UsagePlace:
    """Under whom, and which model, persona and folder."""
    mark = ended.metadata.persona
    persona = mark.id if mark and mark.id else session.persona
    model = repaired(ended.model)[:MODEL_MAX]
    return UsagePlace(key.user_id, model, repaired(persona)[:PERSONA_MAX], session.folder or "")


def used(before: Found, ended: Ending) -> UsageSums:
    """What counts for it: of one that was over before only what was not known then."""
    is_new = before.status in OPEN
    if not is_new and before.prompt_tokens is not None:
        return UsageSums()
    first, took = ended.first_token_ms, ended.processing_time_ms
    return UsageSums(
        questions=int(is_new and bool(before.is_first)),
        answers=int(is_new),
        errors=int(is_new and ended.status == "error"),
        stopped=int(is_new and ended.status in ("stopped", "interrupted")),
        counted=int(ended.prompt_tokens is not None),
        prompt_tokens=ended.prompt_tokens or 0,
        completion_tokens=ended.completion_tokens or 0,
        cached_tokens=ended.cached_tokens or 0,
        priced=int(ended.cost is not None),
        cost=ended.cost or 0.0,
        first_tokens=int(is_new and first is not None),
        first_token_ms=(first or 0) if is_new else 0,
        durations=int(is_new and took is not None),
        duration_ms=(took or 0) if is_new else 0,
    )
