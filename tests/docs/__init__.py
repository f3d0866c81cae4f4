"""What README.md and docs/*.md tell people to type or to write down is carried out.

Each fenced block is found by `tests.docs.written`: in ``sh`` each command for itself, in all other
languages the whole block. `test_written.py` fails for whatever no trial claims, or more than one.

A trial is a test that is handed what it claims:

    @tries(r"docker build")               # in sh; all commands that begin so
    def test_images(said: Commands) -> None:
        for one in said: ...              # in the order of the pages

    @tries(page="README.md", language="toml")

It has to carry out all of it, not only the first one; a claim that nothing fits any more fails. Its
module has to stand in `test_written.py`, so that whatever it claims is known. What another part of
the tests reads from a page and carries out stands in ``ELSEWHERE`` there, by page and language.

Commands in the text, between backquotes, are looked at as well: `test_modules.py` runs each
``python -m …``, and each ``make …`` has to be a target of the Makefile's.
"""
