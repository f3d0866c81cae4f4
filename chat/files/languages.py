"""The languages of code, as what draws it calls them, by the ending of a name or a first line."""

import re

from chat.files.names import ending_of

_ENDINGS = {
    "ada": "adb ads",
    "apex": "cls trigger",
    "asciidoc": "adoc asciidoc",
    "awk": "awk",
    "bash": "sh bash zsh ksh",
    "batch": "bat cmd",
    "bicep": "bicep",
    "bibtex": "bib",
    "c": "c h",
    "clojure": "clj cljs cljc edn",
    "cmake": "cmake",
    "cobol": "cob cbl",
    "coffeescript": "coffee",
    "cpp": "cpp cc cxx hpp hh hxx ino",
    "crystal": "cr",
    "csharp": "cs csx",
    "css": "css",
    "cuda": "cu cuh",
    "d": "d",
    "dart": "dart",
    "diff": "diff patch",
    "docker": "dockerfile",
    "elixir": "ex exs",
    "elm": "elm",
    "erlang": "erl hrl",
    "fortran": "f f90 f95 for",
    "fsharp": "fs fsi fsx",
    "gherkin": "feature",
    "glsl": "glsl vert frag",
    "go": "go",
    "graphql": "graphql gql",
    "groovy": "groovy gradle",
    "haskell": "hs lhs",
    "hcl": "hcl tf tfvars",
    "html": "html htm xhtml",
    "ini": "ini cfg conf properties env",
    "java": "java",
    "javascript": "js mjs cjs",
    "json": "json json5 jsonc ipynb geojson",
    "jsx": "jsx",
    "julia": "jl",
    "kotlin": "kt kts",
    "latex": "tex sty ltx",
    "less": "less",
    "lisp": "lisp el lsp",
    "lua": "lua",
    "makefile": "mk mak",
    "matlab": "m",
    "nginx": "nginx",
    "nim": "nim",
    "nix": "nix",
    "objectivec": "mm",
    "ocaml": "ml mli",
    "pascal": "pas pp dpr",
    "perl": "pl pm",
    "php": "php phtml",
    "powershell": "ps1 psm1",
    "prolog": "pro",
    "protobuf": "proto",
    "python": "py pyi pyw",
    "r": "r rmd",
    "racket": "rkt",
    "reason": "re",
    "rest": "rst",
    "ruby": "rb rake gemspec",
    "rust": "rs",
    "sas": "sas",
    "sass": "sass",
    "scala": "scala sc",
    "scheme": "scm ss",
    "scss": "scss",
    "solidity": "sol",
    "sql": "sql ddl",
    "stata": "do ado",
    "svelte": "svelte",
    "swift": "swift",
    "tcl": "tcl",
    "toml": "toml",
    "tsx": "tsx",
    "typescript": "ts mts cts",
    "vbnet": "vb bas",
    "verilog": "v sv",
    "vhdl": "vhd vhdl",
    "vim": "vim",
    "vue": "vue",
    "wasm": "wat",
    "xml": "xml xsd xsl xslt svg rss atom plist",
    "yaml": "yaml yml",
    "zig": "zig",
}
LANGUAGES = frozenset(_ENDINGS)
_BY_ENDING = {f".{end}": name for name, ends in _ENDINGS.items() for end in ends.split()}
_BY_NAME = {"dockerfile": "docker", "makefile": "makefile", "cmakelists.txt": "cmake"}
_BY_NAME |= {"gemfile": "ruby", "rakefile": "ruby", "jenkinsfile": "groovy", "vagrantfile": "ruby"}
_FIRST_LINES = [
    (r"#!.*\bpython", "python"),
    (r"#!.*\b(?:ba|z|k|da)?sh\b", "bash"),
    (r"#!.*\b(?:node|deno|bun)\b", "javascript"),
    (r"#!.*\bruby", "ruby"),
    (r"#!.*\bperl", "perl"),
    (r"#!.*\bphp|<\?php", "php"),
    (r"#!.*\bRscript", "r"),
    (r"#!.*\blua", "lua"),
    (r"#!.*\bawk", "awk"),
    (r"(?i:<!doctype html|<html)", "html"),
    (r"<\?xml|<svg|<rss|<feed", "xml"),
    (r"diff --git |--- a/|Index: ", "diff"),
    (r"%YAML", "yaml"),
    (r"\\documentclass", "latex"),
    (r"(?i:from \S+(?::\S+)? as |from [a-z0-9./-]+:[\w.-]+$)", "docker"),
    (r"package [\w.]+;$", "java"),
    (r"package \w+$", "go"),
    (r"#include\s*[<\"]", "c"),
    (r"syntax = \"proto", "protobuf"),
]
_FIRST = [(re.compile(pattern), language) for pattern, language in _FIRST_LINES]
MARKDOWN = {".md", ".markdown", ".mdown", ".mkd"}
_SIGNS = re.compile(
    r"^(?:#{1,6} \S|```|[-*] \S|\d{1,3}\. \S|> \S|\|.{1,500}\|$)|\[[^\]\n]{1,200}\]\(\S{1,500}\)"
    r"|\*\*\S[^*\n]{0,200}\*\*",
    re.MULTILINE,
)
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
PLAIN = {".txt", ".text", ".log", ""}


def language_of(name: str, text: str) -> str:
    """Of code that begins so; empty where it is none that is known."""
    ending, lower = ending_of(name), name.lower()
    known = _BY_NAME.get(lower) or _BY_ENDING.get(ending)
    if known:
        return known
    if lower.startswith("."):  # .bashrc and .env begin with what others end in
        known = _BY_ENDING.get(f".{lower[1:].removesuffix('rc')}")
    line = text.lstrip("\ufeff \t\r\n")[:300].partition("\n")[0].rstrip()
    return known or next((said for sign, said in _FIRST if sign.match(line)), "")


def is_markdown(name: str, text: str) -> bool:
    """By its ending; without one that says something, by a heading and other signs of it."""
    ending = ending_of(name)
    if ending in MARKDOWN:
        return True
    if ending not in PLAIN:
        return False
    return bool(_HEADING.search(text)) and len(_SIGNS.findall(text[:20_000])) >= 4
