"""One analysed account: who, when they post, how it is received, products, style, top posts.

Everything in a result came from outside: texts are drawn plainly, links only where they are http.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from chat.profiles import results
from chat.profiles.card import NAMES, POSTS
from chat.profiles.choice import FILE_NAME, shown, title_of
from chat.profiles.downloads import as_csv, as_json
from chat.profiles.figures import DAYS, heatmap
from chat.profiles.result import MEASURES, AnalysisResult, Figures, ModelReading, TopPost
from chat.profiles.results import KeptResult
from chat.profiles.summary import UNREADABLE
from chat.ui import state
from chat.ui.controls import menu
from chat.ui.labels import handles, plain
from chat.ui.profiles import actions, charts
from chat.ui.services import key as session_key
from chat.ui.services import parts
from chat.ui.times import ago, zone
from store.types import utc_now

ZONE = "profile-zone"
NAME_CHARS = 40
OTHER = "Other"


def load(session_id: str, most: int, skipped: int = 0) -> list[KeptResult]:
    """Those of a session, the newest first; raises the store's errors."""
    with parts().database.reading() as db:
        return results.kept(db, session_key(session_id), limit=most, offset=skipped)


def chosen_zone() -> str:
    """The time zone of charts: the browser's, or UTC where that was chosen."""
    own = str(zone())
    return "UTC" if state.value(ZONE) == "UTC" else own


def draw(profile: KeptResult, zone: str, key: str, *, with_actions: bool = True) -> None:
    """The card; without actions for whoever may only read it."""
    result = profile.result
    name = shown(result.handle, result.source)
    with st.container(border=True, key=f"profile-{key}"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(f"**{handles(name)}**", width="stretch")
            if with_actions:
                _menu(result, name, key)
        _about(profile)
        if not result.post_count:
            none = "This account has no posts to analyze."
            st.info(UNREADABLE.capitalize() if result.post_count is None else none)
            return
        counts = heatmap(result.times, zone)
        st.caption(f"Posts by weekday and hour ({plain(zone)})")
        charts.draw_hours(counts)
        figures = result.computed or Figures()
        _measures(figures, busiest(counts))
        _asked(result.asked)
        _top(figures.top_posts)
        if with_actions:
            _downloads(result, key)


def busiest(counts: Sequence[Sequence[int]]) -> tuple[str, str] | None:
    """The weekday and the hour with most posts, each by itself; None without posts."""
    days = [sum(day) for day in counts]
    hours = [sum(hour) for hour in zip(*counts, strict=True)]
    if not any(days):
        return None
    return DAYS[days.index(max(days))], f"{hours.index(max(hours)):02}:00"


def _about(profile: KeptResult) -> None:
    result = profile.result
    about = [result.name, title_of(result.source)]
    for count, what in ((result.followers, "follower"), (result.post_count, "post")):
        if count is not None:
            about.append(f"{count:,} {what}{'' if count == 1 else 's'}")
    about.append(f"analyzed {ago(profile.created_at, utc_now())}")
    st.caption(" · ".join(plain(part) for part in about if part))
    for note in result.notes:
        st.caption(f":material/info: {plain(note)}")


def _measures(figures: Figures, most: tuple[str, str] | None) -> None:
    lines = []
    if (per_week := figures.rhythm.per_week) is not None:
        when = f", most on {most[0]}s and around {most[1]}" if most else ""
        lines.append(f"{per_week:,.1f} posts a week{when}")
    received = [
        f"{spread.mean:,.1f} {name}"
        for name in MEASURES
        if (spread := figures.engagement.get(name)) and spread.mean is not None
    ]
    if received:
        lines.append(f"On average {', '.join(received)}")
    for counts, what in (
        (figures.languages, "Languages"),
        (figures.links, "Links to"),
        (figures.mentions, "Mentions"),
    ):
        if counts:
            names = ", ".join(f"{shortened(one)} ({count})" for one, count in counts[:NAMES])
            lines.append(f"{what}: {names}")
    if lines:
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _asked(asked: ModelReading) -> None:
    if not asked.is_complete:
        reason = asked.reason or "The model was not asked."
        st.info(plain(f"Products and writing style are missing. {reason}"))
        return
    if asked.products:
        st.markdown("**Products**")
        lines = []
        for product in asked.products:
            count = len(product.post_ids)
            posts = f"{count} post{'' if count == 1 else 's'}"
            about = f"{plain(product.category or OTHER)}, {posts}"
            lines.append(f"- {plain(product.name)} :gray[{about}]")
        st.markdown("\n".join(lines))
    else:
        st.caption("No products are mentioned.")
    for title, said in (("Writing style", asked.style), ("What drives engagement", asked.drivers)):
        if said:
            st.markdown(f"**{title}**  \n{plain(said)}")


def _top(posts: Sequence[TopPost]) -> None:
    if not posts:
        return
    with st.expander("Top posts", type="compact"):
        for post in posts[:POSTS]:
            is_web = post.url.startswith(("http://", "https://"))
            link = f" [Open]({post.url})" if is_web and not set(post.url) & set(" ()<>[]\\") else ""
            figure = f":gray[{post.engagement or 0:,} reactions]"
            st.markdown(f"{plain(post.text.strip())}  \n{figure}{link}")


def _downloads(result: AnalysisResult, key: str) -> None:
    with st.container(horizontal=True):
        for kind, mime, make in (
            ("JSON", "application/json", as_json),
            ("CSV", "text/csv", as_csv),
        ):
            st.download_button(
                kind,
                data=partial(make, result),
                file_name=f"{actions.file_name(result.handle)}.{kind.lower()}",
                mime=mime,
                key=f"profile-{kind.lower()}-{key}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )


def _menu(result: AnalysisResult, name: str, key: str) -> None:
    again = [] if result.source == FILE_NAME else ["Fetch again"]
    options = [*again, "Remove"]
    about = (result.source, result.handle)
    menu(f"Actions for {name}", options, f"profile-actions-{key}", actions.act, *about)


def shortened(name: str) -> str:
    """A name that fits into a line of the card."""
    return name if len(name) <= NAME_CHARS else f"{name[:NAME_CHARS]}…"
