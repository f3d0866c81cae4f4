"""The built-in model that answers where no other is connected."""

from chat.agent.types import Endpoint

OFFLINE = Endpoint("offline", "Built-in offline model", "http://offline.parley/v1")
OFFLINE_MODEL = "parley-offline"
