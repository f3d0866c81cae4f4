"""All tables by name, for what is asked of them."""

from store import (
    budget_models,
    file_models,
    import_models,
    models,
    order_models,
    people_models,
    provenance_models,
    search_models,
    share_models,
    usage_models,
)
from store.base import Base

__all__ = [
    "budget_models",
    "file_models",
    "import_models",
    "models",
    "order_models",
    "people_models",
    "provenance_models",
    "search_models",
    "share_models",
    "usage_models",
]

metadata = Base.metadata
users = metadata.tables["users"]
sessions = metadata.tables["sessions"]
messages = metadata.tables["messages"]
answer_pieces = metadata.tables["answer_pieces"]
profiles = metadata.tables["profiles"]
api_tokens = metadata.tables["api_tokens"]
codes = metadata.tables["codes"]
ended_logins = metadata.tables["ended_logins"]
kept = metadata.tables["kept"]
personas = metadata.tables["personas"]
budgets = metadata.tables["budgets"]
charges = metadata.tables["charges"]
shares = metadata.tables["shares"]
share_results = metadata.tables["share_results"]
folders = metadata.tables["folders"]
tags = metadata.tables["tags"]
provenance = metadata.tables["provenance"]
named_texts = metadata.tables["named_texts"]
sent_texts = metadata.tables["sent_texts"]
usage = metadata.tables["usage"]
usage_times = metadata.tables["usage_times"]
search_texts = metadata.tables["search_texts"]
imports = metadata.tables["imports"]
files = metadata.tables["files"]
message_files = metadata.tables["message_files"]
results = metadata.tables["results"]
gone_files = metadata.tables["gone_files"]
