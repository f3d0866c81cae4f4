"""Pictures in a request: how they are sent, which models take them, how servers refuse them.

Lists of models say it in many ways, or not at all; then it is tried, and learned.
"""

import re
from collections.abc import Iterable, Mapping

from chat.agent.types import JsonMap, ModelMessage, PicturesRefused

AGAIN = "pictures"
"""Why a question goes out again whose pictures were refused."""
NOT_SENT = "\n\n[The pictures of this message were not sent: they were refused.]"
NONE_TAKEN = PicturesRefused("Pictures were not sent: this model takes none.", by_model=True)
REFUSED = PicturesRefused("Pictures were not sent: the model's server refused these.")
READ_CHARS = 4_000

_OTHER_STATUS = {401, 402, 403, 429}
_NAMED = re.compile(r"(?i)image|picture|\bvision\b|multi-?modal|mmproj")
_ONLY_TEXT = re.compile(
    r"(?i)content.{0,80}(?:must be a string|valid string|expected (?:a )?string)"
    r"|cannot unmarshal array.{0,80}content|expected (?:a )?string.{0,60}content"
)
_BY_MODEL = re.compile(
    r"(?i)\b(?:not|no|cannot|only)\b.{0,60}\b(?:support|accept|enabl|allow|multi-?modal|vision)"
    r"|n't\b.{0,40}\b(?:support|accept|allow|take|see)|unsupported content|unknown variant"
    r"|missing data required|mmproj|at most 0 image|support\w* only text|only\b.{0,20}\btext\b"
)
_BY_ITSELF = re.compile(
    r"(?i)format|too (?:large|big|small|many)|\bsize|dimension|resolution|decod|corrupt"
    r"|base64|invalid image|media type|exceed"
)
_SEES = {"image", "images", "vision", "multimodal"}


def as_sent(message: ModelMessage, *, pictures: bool = True) -> JsonMap:
    """As chat completions have it; without its pictures with a line that says so."""
    if not message.pictures:
        return {"role": message.role, "content": message.content}
    if not pictures:
        return {"role": message.role, "content": message.content + NOT_SENT}
    parts: list[JsonMap] = [{"type": "text", "text": message.content}]
    parts += ({"type": "image_url", "image_url": {"url": one.url}} for one in message.pictures)
    return {"role": message.role, "content": parts}


def refusal(status: int, said: str) -> PicturesRefused | None:
    """What a server's error says of the pictures of a request; None: it is about something else.

    Whether the model takes none at all, or the server not these.
    """
    said = said[:READ_CHARS]
    if status in _OTHER_STATUS or (status > 500 and status != 501):
        return None
    if _ONLY_TEXT.search(said):
        return NONE_TAKEN
    if status == 413:
        return REFUSED
    if not _NAMED.search(said):
        return None
    by_model = _BY_MODEL.search(said) and not _BY_ITSELF.search(said)
    if by_model:
        return NONE_TAKEN
    return REFUSED if status < 500 else None


def takes_pictures(entry: Mapping[str, object]) -> bool | None:
    """What a list's entry says about its model; None where it does not say."""
    architecture = entry.get("architecture")
    places = [architecture, entry] if isinstance(architecture, Mapping) else [entry]
    for place in places:
        for name in ("input_modalities", "supported_input_modalities", "modalities"):
            if words := _words(place.get(name)):
                return bool(words & _SEES)
        modality = place.get("modality")
        if isinstance(modality, str) and "->" in modality:
            return "image" in modality.partition("->")[0].lower()
    capabilities = entry.get("capabilities")
    if isinstance(capabilities, Mapping):
        for name in ("vision", "image_input", "images"):
            said = capabilities.get(name)
            said = said.get("supported") if isinstance(said, Mapping) else said
            if isinstance(said, bool):
                return said
    elif words := _words(capabilities):
        return bool(words & _SEES)
    return True if entry.get("type") == "vlm" else None


def _words(found: object) -> set[str]:
    """Of a list of texts; none of anything else."""
    if not isinstance(found, Iterable) or isinstance(found, str | Mapping):
        return set()
    return {one.lower() for one in found if isinstance(one, str)}
