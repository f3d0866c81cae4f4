"""The model's answer: read leniently, kept strictly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from pydantic import BaseModel, Field, ValidationError

from chat.profiles.result import ModelReading, Product

PRODUCTS_MAX = 40
TRIES = 50
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["products", "style", "drivers"],
    "properties": {
        "products": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "category", "post_ids"],
                "properties": {
                    "name": {"type": "string"},
                    "category": {"type": "string"},
                    "post_ids": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
        "style": {"type": "string"},
        "drivers": {"type": "string"},
    },
}


class Misfit(Exception):
    """The answer is not what was asked for; the text says why."""

    @classmethod
    def of(cls, error: Misfit | ValidationError) -> Misfit:
        """Of pydantic's errors the first few, without the values."""
        if isinstance(error, Misfit):
            return error
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return cls("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in found[:5]))


class AnswerProduct(BaseModel):
    """One product; ids may come as numbers."""

    name: str = Field(min_length=1)
    category: str = ""
    post_ids: list[str | int]


class ModelAnswer(BaseModel):
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
        return ModelReading(
            status="complete",
            model=model,
            products=tuple(kept.values()),
            style=_line(self.style, 800),
            drivers=_line(self.drivers, 500),
        )


def read(answer: str) -> ModelAnswer:
    """The object in the answer, whatever is around it; raises `Misfit` or `ValidationError`."""
    found = [one for one in _objects(answer) if {"products", "style"} & set(one)]
    if not found:
        raise Misfit("there is no JSON object with products, style and drivers")
    return ModelAnswer.model_validate(found[-1])


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
            if isinstance(found, dict):
                yield found
        at = answer.find("{", end)


def _line(text: str, limit: int) -> str:
    clean = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(clean.split())[:limit].strip()
