"""The model's answer: read leniently, kept strictly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from pydantic import BaseModel, Field, ValidationError

from chat.agent.toolkit import misfits
from chat.profiles.result import ModelReading, Product

PRODUCTS_MAX = 40
TRIES = 50


def _object(**properties: Mapping[str, object]) -> Mapping[str, object]:
    """The schema of an object as endpoints want it that keep to schemas: all named, all there."""
    exact = {"additionalProperties": False, "required": list(properties)}
    return {"type": "object", **exact, "properties": properties}


_TEXT = {"type": "string"}
_PRODUCT = _object(name=_TEXT, category=_TEXT, post_ids={"type": "array", "items": _TEXT})
SCHEMA = _object(products={"type": "array", "items": _PRODUCT}, style=_TEXT, drivers=_TEXT)


class Misfit(Exception):
    """The answer is not what was asked for; the text says why."""


class AnswerProduct(BaseModel):
    """One product; ids may come as numbers."""

    name: str = Field(min_length=1)
    category: str = ""
    post_ids: list[str | int]


class Findings(BaseModel):
    """The whole answer."""

    products: list[AnswerProduct]
    style: str = Field(min_length=1)
    drivers: str = ""

    def checked(self, ids: Set[str], model: str) -> ModelReading:
        """As it is stored: only products with posts among ``ids``, each once, texts cut."""
        kept: dict[str, Product] = {}
        for product in self.products:
            name = _line(product.name, 100)
            posts = [str(one) for one in product.post_ids if str(one) in ids]
            if name and posts and len(kept) < PRODUCTS_MAX:
                new = Product(name, _line(product.category, 60))
                one = kept.setdefault(name.casefold(), new)
                together = tuple(dict.fromkeys([*one.post_ids, *posts]))[:200]
                kept[name.casefold()] = replace(one, post_ids=together)
        texts = {"style": _line(self.style, 800), "drivers": _line(self.drivers, 500)}
        return ModelReading("complete", model=model, products=tuple(kept.values()), **texts)


def read(answer: str) -> Findings:
    """The object in the answer, whatever is around it; raises `Misfit`."""
    found = [one for one in _objects(answer) if {"products", "style"} & set(one)]
    if not found:
        raise Misfit("there is no JSON object with products, style and drivers")
    try:
        return Findings.model_validate(found[-1])
    except ValidationError as error:
        raise Misfit(misfits(error)) from None


def _objects(answer: str) -> Iterator[dict[str, object]]:
    """The JSON objects in a text, those inside of others left out."""
    decoder = json.JSONDecoder()
    at = answer.find("{")
    for _ in range(TRIES):
        if at < 0:
            return
        try:
            found, end = decoder.raw_decode(answer, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield found
        at = answer.find("{", end)


def _line(text: str, limit: int) -> str:
    clean = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(clean.split())[:limit].strip()
