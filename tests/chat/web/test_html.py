"""Words out of HTML, whatever it is."""

from __future__ import annotations

import pytest

from chat.web.html import CHARS_MAX, TAGS_MAX, plain


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("Just words.", "Just words."),
        ("<p>One</p><p>two</p>", "\nOne\n\ntwo\n"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<div><div>one</div></div><div>two</div>three", "\none\ntwo\nthree"),
        ("<ul><li>one<li>two</ul>", "\none\ntwo\n"),
        ("<p title='a' class=b>one", "\none\n"),
        ("<script>bad()</script><style>p {}</style><!-- <b>no</b> -->after", "after"),
        ("<template>no</template><noscript><p>no</noscript>after", "after"),
        ("<script>if (a<b) bad()</script>after", "after"),
        ("&lt;b&gt; &amp;amp; &eacute; &#8364;", "<b> &amp; é €"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("if V<Vmin then stop", "if V<Vmin then stop"),
        ("a<b and <i>c</i>", "a<b and c"),
        ("one <b>two", "one two"),
        ("\0\ud800one\r\ntwo", "one\ntwo"),
        ("&#x110000;", "\ufffd"),
        ("", ""),
    ],
)
def test_words_stay_and_markup_goes(markup: str, words: str) -> None:
    assert plain(markup) == words


@pytest.mark.parametrize("tag", ["<b>x", "<div>x", "<a href=y>x", "</p>x", "<!---->x", "< x"])
def test_only_so_many_tags_are_read(tag: str) -> None:
    assert plain(tag * TAGS_MAX).count("x") == TAGS_MAX
    assert plain(tag * TAGS_MAX * 9).count("x") == TAGS_MAX


@pytest.mark.parametrize("piece", ["&", "x", "<a ", "&#x110000;", "&lt", "a<"])
def test_only_so_many_characters_are_read(piece: str) -> None:
    whole = plain(piece * CHARS_MAX)
    assert whole == plain((piece * CHARS_MAX)[:CHARS_MAX])
    assert whole.count(piece[0]) <= CHARS_MAX
    assert "after" not in plain(piece * CHARS_MAX + "after")
    assert plain(piece + "after").endswith("after")
