"""Whether a statement may be run, told from the tree that DuckDB's own parser makes of it.

Its kind alone would not say: a query may write and copy in its WITH, and read files and settings
in functions. So all of its nodes are of a few kinds, and read the tables of the chat only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chat.errors import ToolError

if TYPE_CHECKING:
    import duckdb

SQL_MAX = 20_000
ONLY = "Send one SELECT (or WITH, DESCRIBE, SUMMARIZE, SHOW TABLES) over the tables of the chat."
_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_ROWS_FROM = {"range", "generate_series", "unnest", "json_each", "json_tree"}
"""Functions that may stand in place of a table."""
_SYSTEM = re.compile(r"(?i)(?:duckdb|pragma|sqlite|pg)_")
_REFUSED = re.compile(
    r"(?i)current_setting|getvariable|getenv|current_query|write_log|\w*sleep\w*|parse_duckdb\w*"
    r"|json_(?:de)?serialize\w*|json_execute\w*|__internal\w*|read_\w+|nextval|setval|currval"
)
Parsed = Mapping[str, object]


def check(
    database: duckdb.DuckDBPyConnection, sql: str, tables: set[str], lost: Mapping[str, str]
) -> None:
    """Raise `ToolError`, or DuckDB's own error, for what is not one query over these tables.

    They are named in small letters; of those that are ``lost`` that is said which stands there.
    """
    import duckdb

    if len(sql) > SQL_MAX:
        raise ToolError(f"The query is longer than {SQL_MAX:,} characters.", "Shorten it.")
    statements = database.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        many = len(statements) > 1
        pivot = any(one.type == duckdb.StatementType.MULTI for one in statements)
        said = "There is more than one statement." if many else "This is no query."
        raise ToolError(said, "Say the values of PIVOT: ON … IN (…)." if pivot else ONLY)
    if statements[0].named_parameters:
        raise ToolError("The query has parameters.", "Write the values into it.")
    found = database.execute("SELECT json_serialize_sql(?)", [statements[0].query]).fetchall()
    try:
        tree = json.loads(found[0][0])
    except RecursionError:
        raise ToolError("The query is nested too deeply.", "Use WITH.") from None
    if tree.get("error", True):
        raise ToolError("This is no query.", ONLY)
    _check_tree(tree, tables, lost)


def _check_tree(tree: Parsed, tables: set[str], lost: Mapping[str, str]) -> None:
    nodes = list(_nodes(tree))
    named = {str(one["key"]).lower() for one in nodes if "key" in one and _is_query(one)}
    if any(_SYSTEM.match(name) for name in named):
        raise ToolError("Names of WITH may not begin like those of the system.", "Choose others.")
    known = tables | named
    for one in nodes:
        kind = str(one.get("type", ""))
        if kind.endswith("_NODE") and kind not in _NODES:
            raise ToolError("Nothing can be changed or written here.", ONLY)
        if kind == "BASE_TABLE":
            _check_table(_path(one), known, lost)
        elif kind == "SHOW_REF" and not one.get("query"):
            if one.get("table_name") != '"tables"':
                _check_table(_path(one), known, lost)
        elif kind == "TABLE_FUNCTION":
            called = one.get("function")
            path = _path(called) if isinstance(called, Mapping) else []
            if len(path) != 1 or path[0].lower() not in _ROWS_FROM:
                raise ToolError(f"{'.'.join(path)}() cannot be used here.", ONLY)
        if "function_name" in one and _REFUSED.fullmatch(str(one["function_name"])):
            raise ToolError(f"{one['function_name']}() cannot be used here.", ONLY)


def _check_table(path: list[str], known: set[str], lost: Mapping[str, str]) -> None:
    name = ".".join(path)
    if len(path) != 1 or name.lower() not in known:
        raise ToolError(lost.get(name.lower()) or f"There is no table {name[:100]!r}.")


def _is_query(entry: Parsed) -> bool:
    """Whether this entry of a map is a part of WITH."""
    value = entry.get("value")
    return isinstance(value, Mapping) and "query_node" in value


def _path(node: Parsed) -> list[str]:
    """The names of something, with what it is in before it."""
    name = node.get("qualified_name")
    path = name.get("path") if isinstance(name, Mapping) else None
    return [str(part) for part in path] if isinstance(path, list) else []


def _nodes(tree: Parsed) -> Iterator[Parsed]:
    """All objects of it, however deep."""
    waiting: list[object] = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
