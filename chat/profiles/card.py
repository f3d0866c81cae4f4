"""Of a result what its card shows, and nothing else: what whoever reads a shared chat has of it."""

from dataclasses import replace

from chat.profiles.result import MEASURES, AnalysisResult, Figures, Rhythm, Spread, TopPost

POSTS = 3
NAMES = 4


def on_card(result: AnalysisResult) -> AnalysisResult:
    """Without the posts it was made from, and which model read them; made twice it is the same."""
    asked = replace(
        result.asked,
        model="",
        products=tuple(
            replace(product, post_ids=("",) * len(product.post_ids))
            for product in result.asked.products
        ),
    )
    return AnalysisResult(
        handle=result.handle,
        source=result.source,
        name=result.name,
        followers=result.followers,
        post_count=result.post_count,
        notes=result.notes,
        computed=_figures(result.computed) if result.computed else None,
        asked=asked,
        posts=None if result.posts is None else (),
    )


def _figures(figures: Figures) -> Figures:
    measured = {name: figures.engagement.get(name) for name in MEASURES}
    return Figures(
        timezone=figures.timezone,
        times=figures.times,
        heatmap=figures.heatmap,
        engagement={name: Spread(mean=one.mean) for name, one in measured.items() if one},
        top_posts=tuple(
            TopPost(url=post.url, text=post.text, engagement=post.engagement)
            for post in figures.top_posts[:POSTS]
        ),
        rhythm=Rhythm(per_week=figures.rhythm.per_week),
        languages=figures.languages[:NAMES],
        links=figures.links[:NAMES],
        mentions=figures.mentions[:NAMES],
    )
