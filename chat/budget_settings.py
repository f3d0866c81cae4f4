"""Settings of what people may use up, and of what a token costs.

For each kind of payer (`chat.limits.payers.KINDS`) the same: what begins with ``guest_`` is for
each guest, ``guest_address_`` for all guests of one address (as much as for one, where it is not
set), ``guest_all_`` for all guests together; ``user_`` and ``admin_`` for each user and each
administrator, ``user_all_`` for all of these together.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from chat import prices
from chat.setting_kinds import Flag, above_zero, says, whole

MOST = 10**12
MaybeCount = Annotated[int | None, whole(1, MOST)]
Money = Annotated[float | None, above_zero(1_000_000, "of US dollars ")]


def _names(value: object) -> object:
    """Names between commas, or a list."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise ValueError
    names = tuple(dict.fromkeys(one.strip() for one in found if one.strip()))
    if any(len(name) > 200 for name in names):
        raise ValueError
    return names


Names = Annotated[
    tuple[str, ...], BeforeValidator(_names), says("names of models with commas between them")
]
Prices = Annotated[
    dict[str, prices.Price],
    BeforeValidator(prices.prices),
    says(
        "a JSON object of models, each with a list of US dollars per million tokens in and out, "
        "or the path of a file like chat/prices.yaml"
    ),
]


class BudgetSettings(BaseModel):
    """Sizes of files are in bytes; what is None has no limit."""

    prices: Prices = {}

    guest_messages_per_hour: Annotated[int, whole(1, 100_000)] = 30
    guest_messages_per_day: MaybeCount = None
    guest_tokens_per_hour: MaybeCount = None
    guest_tokens_per_day: MaybeCount = None
    guest_cost_per_hour: Money = None
    guest_cost_per_day: Money = None
    guest_file_bytes_per_hour: MaybeCount = 20_000_000
    guest_file_bytes_per_day: MaybeCount = None
    guest_answers_at_once: MaybeCount = 3

    guest_address_messages_per_hour: MaybeCount = None
    guest_address_messages_per_day: MaybeCount = None
    guest_address_tokens_per_hour: MaybeCount = None
    guest_address_tokens_per_day: MaybeCount = None
    guest_address_cost_per_hour: Money = None
    guest_address_cost_per_day: Money = None
    guest_address_file_bytes_per_hour: MaybeCount = None
    guest_address_file_bytes_per_day: MaybeCount = None
    guest_address_answers_at_once: MaybeCount = None

    guest_all_messages_per_hour: MaybeCount = 600
    guest_all_messages_per_day: MaybeCount = 5_000
    guest_all_tokens_per_hour: MaybeCount = None
    guest_all_tokens_per_day: MaybeCount = None
    guest_all_cost_per_hour: Money = None
    guest_all_cost_per_day: Money = None
    guest_all_file_bytes_per_hour: MaybeCount = 200_000_000
    guest_all_file_bytes_per_day: MaybeCount = None
    guest_all_answers_at_once: MaybeCount = 30

    guest_sessions: Annotated[int, whole(1, 100_000)] = 20
    guest_message_max_chars: Annotated[int, whole(1, 50_000_000)] = 8_000
    guest_models: Names = ()
    guest_answer_tokens: Annotated[int, whole(1, 1_000_000)] = 2_000
    guest_agent_steps: Annotated[int, whole(1, 50)] = 4
    guest_context_tokens: Annotated[int, whole(256, 10_000_000)] = 8_000
    guest_mcp: Flag = False
    guest_fallback: Flag = False

    user_messages_per_hour: MaybeCount = None
    user_messages_per_day: MaybeCount = None
    user_tokens_per_hour: MaybeCount = None
    user_tokens_per_day: MaybeCount = None
    user_cost_per_hour: Money = None
    user_cost_per_day: Money = None
    user_file_bytes_per_hour: MaybeCount = None
    user_file_bytes_per_day: MaybeCount = None
    user_answers_at_once: MaybeCount = None

    admin_messages_per_hour: MaybeCount = None
    admin_messages_per_day: MaybeCount = None
    admin_tokens_per_hour: MaybeCount = None
    admin_tokens_per_day: MaybeCount = None
    admin_cost_per_hour: Money = None
    admin_cost_per_day: Money = None
    admin_file_bytes_per_hour: MaybeCount = None
    admin_file_bytes_per_day: MaybeCount = None
    admin_answers_at_once: MaybeCount = None

    user_all_messages_per_hour: MaybeCount = None
    user_all_messages_per_day: MaybeCount = None
    user_all_tokens_per_hour: MaybeCount = None
    user_all_tokens_per_day: MaybeCount = None
    user_all_cost_per_hour: Money = None
    user_all_cost_per_day: Money = None
    user_all_file_bytes_per_hour: MaybeCount = None
    user_all_file_bytes_per_day: MaybeCount = None
    user_all_answers_at_once: MaybeCount = None
