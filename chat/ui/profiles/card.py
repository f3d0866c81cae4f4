"""One analysed account: who, when they post, how it is received, products, style, top posts.

Everything in a result came from outside: texts are drawn plainly, links only where they are http.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from chat.profiles.results import as_csv, as_json, heatmap
from chat.ui import state
from chat.ui.icons import icon_label
from chat.ui.labels import handles, plain
from chat.ui.profiles import actions, charts, values
from chat.ui.services import parts, place
from chat.ui.times import ago, zone
from store import profiles
from store.types import utc_now

POSTS = 3
SOURCES = {
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "x": "X",
    "feed": "Feed",
    "file": "File",
}
ZONE = "profile-zone"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMES, NAME_CHARS = 4, 40
MEASURES = ("likes", "reposts", "replies", "views")


@dataclass(frozen=True, slots=True)
class Analysed:
    """A stored result, by its source and handle."""

    source: str
    handle: str
    result: Mapping[str, Any]
    created_at: datetime


def load(session_id: str, most: int, skipped: int = 0) -> list[Analysed]:
    """Those of a session, the newest first; raises the store's errors."""
    with parts().database.reading() as db:
        rows = profiles.listed(db, **place(session_id), limit=most, offset=skipped)
    return [Analysed(**{**row, "result": values.record(row["result"])}) for row in rows]


def name_of(profile: Analysed) -> str:
    """How an account is called in cards and tables."""
    return profile.handle if profile.source in ("feed", "file") else f"@{profile.handle}"


def chosen_zone() -> str:
    """The time zone of charts: the browser's, or UTC where that was chosen."""
    own = str(zone())
    return "UTC" if state.value(ZONE) == "UTC" else own


def draw(profile: Analysed, zone: str, key: str) -> None:
    """The card."""
    result = profile.result
    with st.container(border=True, key=f"profile-{key}"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(f"**{handles(name_of(profile))}**", width="stretch")
            _menu(profile, key)
        _about(profile)
        if not values.number(result.get("post_count")):
            st.info("This account has no posts to analyze.")
            return
        counts = heatmap(values.times(result), zone)
        st.caption(f"Posts by weekday and hour ({plain(zone)})")
        charts.draw_hours(counts)
        figures = values.record(result, "computed")
        _measures(figures, busiest(counts))
        _asked(result)
        _top(values.records(figures.get("top_posts")))
        _downloads(profile, key)


def busiest(counts: Sequence[Sequence[int]]) -> tuple[str, str] | None:
    """The weekday and the hour with most posts, each by itself; None without posts."""
    days = [sum(day) for day in counts]
    hours = [sum(hour) for hour in zip(*counts, strict=True)]
    if not any(days):
        return None
    return DAYS[days.index(max(days))], f"{hours.index(max(hours)):02}:00"


def _about(profile: Analysed) -> None:
    result = profile.result
    about = [values.text(result.get("name")), SOURCES.get(profile.source, profile.source)]
    for name in ("followers", "post_count"):
        if (count := values.number(result.get(name))) is not None:
            what = name.removesuffix("_count").removesuffix("s")
            about.append(f"{count:,} {what}{'' if count == 1 else 's'}")
    about.append(f"analyzed {ago(profile.created_at, utc_now())}")
    st.caption(" · ".join(plain(part) for part in about if part))
    for note in values.items(result.get("notes")):
        st.caption(f":material/info: {plain(str(note))}")


def _measures(figures: Mapping[str, Any], most: tuple[str, str] | None) -> None:
    lines = []
    if (per_week := values.number(values.record(figures, "rhythm").get("per_week"))) is not None:
        when = f", most on {most[0]}s and around {most[1]}" if most else ""
        lines.append(f"{per_week:,.1f} posts a week{when}")
    received = [
        f"{mean:,.1f} {name}"
        for name in MEASURES
        if (mean := values.number(values.record(figures, "engagement", name).get("mean")))
        is not None
    ]
    if received:
        lines.append(f"On average {', '.join(received)}")
    for name, what in (("languages", "Languages"), ("links", "Links to"), ("mentions", "Mentions")):
        if listed := values.counted(figures.get(name), NAMES):
            names = ", ".join(f"{shortened(one)} ({count})" for one, count in listed)
            lines.append(f"{what}: {names}")
    if lines:
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _asked(result: Mapping[str, Any]) -> None:
    asked = values.record(result, "asked")
    products = values.products(result)
    if products is None:
        reason = values.text(asked.get("reason")) or "The model was not asked."
        st.info(plain(f"Products and writing style are missing. {reason}"))
        return
    if products:
        st.markdown("**Products**")
        st.markdown(
            "\n".join(
                f"- {plain(name)} :gray[{plain(category)}, {count} post{'' if count == 1 else 's'}]"
                for name, category, count in products
            )
        )
    else:
        st.caption("No products are mentioned.")
    for title, name in (("Writing style", "style"), ("What drives engagement", "drivers")):
        if said := values.text(asked.get(name)):
            st.markdown(f"**{title}**  \n{plain(said)}")


def _top(posts: Sequence[Mapping[str, Any]]) -> None:
    if not posts:
        return
    with st.expander("Top posts", type="compact"):
        for post in posts[:POSTS]:
            url = values.text(post.get("url"))
            is_link = url.startswith(("http://", "https://")) and not set(url) & set(" ()<>[]\\")
            link = f" [Open]({url})" if is_link else ""
            figure = f":gray[{values.number(post.get('engagement')) or 0:,} reactions]"
            st.markdown(f"{plain(values.text(post.get('text')))}  \n{figure}{link}")


def _downloads(profile: Analysed, key: str) -> None:
    with st.container(horizontal=True):
        for kind, mime, make in (
            ("JSON", "application/json", as_json),
            ("CSV", "text/csv", as_csv),
        ):
            st.download_button(
                kind,
                data=partial(make, profile.result),
                file_name=f"{actions.file_name(profile.handle)}.{kind.lower()}",
                mime=mime,
                key=f"profile-{kind.lower()}-{key}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )


def _menu(profile: Analysed, key: str) -> None:
    again = [] if profile.source == "file" else ["Fetch again"]
    menu = f"profile-actions-{key}"
    st.menu_button(
        icon_label(f"Actions for {name_of(profile)}", "more"),
        [*again, "Remove"],
        key=menu,
        type="tertiary",
        on_click=actions.act,
        args=(menu, profile.source, profile.handle),
    )


def shortened(name: str) -> str:
    """A name that fits into a line of the card."""
    return name if len(name) <= NAME_CHARS else f"{name[:NAME_CHARS]}…"
