"""Pictures go as image parts to models that take them, and to no others for long."""

from __future__ import annotations

from typing import Any

import pytest

from chat.agent.models.pictures import NONE_TAKEN, NOT_SENT, REFUSED, refusal, takes_pictures
from chat.agent.models.provider import Provider
from chat.agent.types import ModelMessage, ModelPicture, ModelRequest, PicturesRefused, Piece
from chat.config import Settings
from chat.errors import AgentError
from tests.chat.agent.conftest import during
from tests.chat.agent.conftest import refusal as refused_with
from tests.model_script import Script, Text
from tests.scripted_model import ScriptedModel

PICTURE = ModelPicture("data:image/png;base64,iVBORw0KGgo=", "ab" * 32, 1_000)
ASKED = ModelRequest(
    (ModelMessage("system", "Be kind."), ModelMessage("user", "What is it?", (PICTURE,)))
)
PARTS = [
    {"type": "text", "text": "What is it?"},
    {"type": "image_url", "image_url": {"url": PICTURE.url}},
]
NO_VISION = "This model does not support image input."


def provider_of(model: ScriptedModel) -> Provider:
    settings = {"openai_base_url": model.base_url, "find_local_servers": False}
    return Provider(Settings.model_validate({**settings, "model": "scripted-1"}))


def contents(model: ScriptedModel) -> list[Any]:
    return [record.body["messages"][-1]["content"] for record in model.requests]


async def asked(provider: Provider, request: ModelRequest = ASKED) -> list[Piece]:
    return [piece async for piece in provider.answer(request)]


def told(pieces: list[Piece]) -> list[PicturesRefused]:
    return [piece for piece in pieces if isinstance(piece, PicturesRefused)]


def test_a_picture_is_a_part_after_the_text(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        assert not told(await asked(provider))
        assert contents(model) == [PARTS]
        assert model.requests[0].body["messages"][0] == {"role": "system", "content": "Be kind."}

    during(provider_of(model), do)


def test_a_model_that_takes_none_is_asked_again_without_and_not_with_any_more(
    model: ScriptedModel,
) -> None:
    without = "What is it?" + NOT_SENT
    other = ModelRequest(ASKED.messages, "another")

    async def do(provider: Provider) -> None:
        model.queue(refused_with(400, NO_VISION), Script([Text("No idea.")]))
        pieces = await asked(provider)
        assert pieces[0] == NONE_TAKEN
        assert contents(model) == [PARTS, without]
        assert [one.again for one in ASKED.trace.sendings][-2:] == ["", "pictures"]
        assert told(await asked(provider)) == [NONE_TAKEN], "said each time"
        assert contents(model)[2:] == [without]
        assert not told(await asked(provider, other)), "that of another model is not known"
        assert contents(model)[3:] == [PARTS]

    during(provider_of(model), do)


def test_what_the_server_refuses_of_these_is_not_learned(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        model.queue(refused_with(400, "The image is too large."), Script())
        assert told(await asked(provider)) == [REFUSED]
        assert not told(await asked(provider))
        assert contents(model)[2:] == [PARTS]

    during(provider_of(model), do)


def test_other_things_are_asked_otherwise_at_the_same_time(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        model.queue(
            refused_with(422, "Unknown parameter: stream_options"),
            refused_with(404, "No endpoints found that support image input"),
            Script(),
        )
        assert told(await asked(provider)) == [NONE_TAKEN]
        assert len(model.requests) == 3
        assert "stream_options" not in model.requests[-1].body

    during(provider_of(model), do)


def test_what_is_refused_without_pictures_too_teaches_nothing(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        missing = refused_with(404, "The model scripted-vision does not exist")
        model.queue(missing, missing)
        with pytest.raises(AgentError, match="does not know the model"):
            await asked(provider)
        assert len(model.requests) == 2
        assert not told(await asked(provider))

    during(provider_of(model), do)


def test_a_question_without_pictures_is_never_asked_twice_for_them(model: ScriptedModel) -> None:
    async def do(provider: Provider) -> None:
        model.queue(refused_with(400, NO_VISION))
        with pytest.raises(AgentError):
            await asked(provider, ModelRequest((ModelMessage("user", "hi"),)))
        assert len(model.requests) == 1

    during(provider_of(model), do)


def test_what_the_list_says_is_believed(model: ScriptedModel) -> None:
    models = model.models
    model.models = {
        "data": [
            {"id": "scripted-1", "architecture": {"input_modalities": ["text"]}},
            {"id": "seeing", "architecture": {"input_modalities": ["text", "image"]}},
            {"id": "silent"},
            {"id": "beside"},
            {"id": ["odd"], "capabilities": ["vision"]},
        ],
        "models": [{"name": "beside", "capabilities": ["completion"]}, {"name": {}}, "odd"],
    }

    async def do(provider: Provider) -> None:
        assert provider.sees("") is None
        await provider.refresh()
        known = {name: provider.sees(name) for name in ("", "seeing", "silent", "beside")}
        assert known == {"": False, "seeing": True, "silent": None, "beside": False}
        assert told(await asked(provider)) == [NONE_TAKEN]
        assert contents(model) == ["What is it?" + NOT_SENT]

    try:
        during(provider_of(model), do)
    finally:
        model.models = models


def test_the_offline_model_is_sent_none() -> None:
    async def do(provider: Provider) -> None:
        assert provider.sees("") is False
        assert told(await asked(provider)) == [NONE_TAKEN]

    settings = Settings(find_local_servers=False, offline_tokens_per_second=100_000)
    during(Provider(settings), do)


@pytest.mark.parametrize(
    ("entry", "sees"),
    [
        ({"architecture": {"input_modalities": ["text", "image"]}}, True),
        ({"architecture": {"input_modalities": ["text"], "modality": "text->text"}}, False),
        ({"architecture": {"modality": "text+image->text"}}, True),
        ({"architecture": {"modality": "text->image"}}, False),
        ({"architecture": "llama", "type": "vlm"}, True),
        ({"type": "llm"}, None),
        ({"capabilities": ["completion", "vision"]}, True),
        ({"capabilities": ["completion", "multimodal"]}, True),
        ({"capabilities": ["completion", "tools"]}, False),
        ({"capabilities": {"vision": False}}, False),
        ({"capabilities": {"image_input": {"supported": True}}}, True),
        ({"supported_input_modalities": ["TEXT", "IMAGE"]}, True),
        ({"capabilities": [], "input_modalities": {}}, None),
        ({"capabilities": "vision", "input_modalities": [1]}, None),
        ({"object": "model", "owned_by": "library"}, None),
    ],
    ids=str,
)
def test_what_lists_say(entry: dict[str, object], sees: bool | None) -> None:
    assert takes_pictures(entry) is sees


@pytest.mark.parametrize(
    ("status", "said", "found"),
    [
        (400, "this model does not support image input", NONE_TAKEN),
        (400, "llama-3 is not a multimodal model", NONE_TAKEN),
        (400, "Invalid content type. image_url is only supported by certain models.", NONE_TAKEN),
        (404, "No endpoints found that support image input", NONE_TAKEN),
        (500, "this model is missing data required for image input", NONE_TAKEN),
        (500, "image input is not supported - hint: you may need the mmproj", NONE_TAKEN),
        (500, 'Unsupported content part type: "image_url"', NONE_TAKEN),
        (400, "unknown variant `image_url`, expected `text`", NONE_TAKEN),
        (400, "At most 0 image(s) may be provided in one request.", NONE_TAKEN),
        (400, "Image input is not enabled for this model", NONE_TAKEN),
        (400, "'messages.0.content' must be a string", NONE_TAKEN),
        (400, "json: cannot unmarshal array into field Message.messages.content", NONE_TAKEN),
        (422, "messages.1.content: Input should be a valid string", NONE_TAKEN),
        (400, "Could not decode the image.", REFUSED),
        (400, "You uploaded an unsupported image. Allowed are these formats: png", REFUSED),
        (413, "Request body too large", REFUSED),
        (400, "temperature must be at most 2", None),
        (500, "could not load image", None),
        (503, "image workers are busy, not supported now", None),
        (401, "no vision without a key", None),
        (429, "too many images a minute", None),
    ],
)
def test_how_servers_refuse_them(status: int, said: str, found: PicturesRefused | None) -> None:
    assert refusal(status, said) == found
