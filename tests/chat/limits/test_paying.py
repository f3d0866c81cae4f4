"""What an answer really cost is counted when it is over, however it ended and whoever asked."""

from __future__ import annotations

import pytest

from chat.errors import TooMany
from chat.limits.payers import PeerAddress
from chat.limits.unpaid import settle_unpaid
from chat.turns import runner, upkeep
from store import endings
from store.budgets import Used
from store.values import SessionKey
from tests.chat.limits.conftest import GUEST, House, Houses
from tests.model_script import Break, Call, Gate, Pause, Script, Text, calls
from tests.scripted_model import ScriptedModel
from tests.waiting import until

HERE = "192.0.2.7"
HERE_ADDRESS = PeerAddress(HERE)
ALL = (f"guest:{GUEST}", f"guest_address:{HERE}", "guest_all:")


@pytest.fixture
def house(houses: Houses, model: ScriptedModel) -> House:
    return priced(houses, model)


def priced(houses: Houses, model: ScriptedModel) -> House:
    return houses(
        openai_base_url=model.base_url,
        model="scripted-1",
        prices={"scripted-1": (10, 100)},
        guest_tokens_per_hour=1_000,
    )


def tokens(house: House) -> int:
    found = {house.used(payer).tokens for payer in ALL}
    assert len(found) == 1, "not all payers paid the same"
    return found.pop()


def test_tokens_and_money_of_an_answer(house: House) -> None:
    answer = house.answered(address=HERE)
    spent = (answer.prompt_tokens or 0) + (answer.completion_tokens or 0)
    assert tokens(house) == spent > 0
    cost = (answer.prompt_tokens or 0) * 10 + (answer.completion_tokens or 0) * 100
    assert house.used("guest_all:").cost == cost
    assert answer.cost == pytest.approx(cost / 1e6)


def test_an_answer_that_asks_in_between_is_paid_once(house: House, model: ScriptedModel) -> None:
    model.queue(calls(Call("analyze_profile", '{"handle": "http://192.0.2.9/feed"}')))
    answer = house.send("one", address=HERE).answer
    asks = until(lambda: house.stored(answer).asks)
    assert (before := tokens(house)) > 0
    model.queue(Script([Text("Very well.")]))
    key = SessionKey(GUEST, "one")
    house.parts.decisions.decide(key, answer.id, call_id=asks[0].call_id, decision="refuse")
    ended = house.ended(answer)
    spent = (ended.prompt_tokens or 0) + (ended.completion_tokens or 0)
    assert tokens(house) == spent > before
    cost = (ended.prompt_tokens or 0) * 10 + (ended.completion_tokens or 0) * 100
    assert ended.cost == pytest.approx(cost / 1e6)


def test_an_answer_that_is_stopped_where_it_asks_is_paid_once(
    house: House, model: ScriptedModel
) -> None:
    call = Call("analyze_profile", '{"handle": "http://192.0.2.9/feed"}')
    model.queue(Script([Text("Let me look."), call], finish_reason="tool_calls"))
    answer = house.send("one", address=HERE).answer
    until(lambda: house.stored(answer).asks)
    assert (before := tokens(house)) > 0
    house.parts.turns.stop(SessionKey(GUEST, "one"))
    settle_unpaid(house.parts.limits)
    assert tokens(house) == before


def test_estimated_where_the_server_counts_nothing(house: House, model: ScriptedModel) -> None:
    model.queue(Script([Text("x" * 400)], usage=False))
    house.answered(address=HERE)
    used = house.used("guest_all:")
    assert 100 <= used.tokens < 2_000
    assert used.cost >= 100 * 100


def test_nothing_left(house: House, model: ScriptedModel) -> None:
    model.queue(Script([Text("x" * 5_000)], usage=False))
    house.answered(address=HERE)
    with pytest.raises(TooMany, match="Guests may use 1,000 tokens an hour"):
        house.send(address=HERE)
    house.clock.later(hours=1)
    house.send(address=HERE)


def test_money_of_the_whole_demo(houses: Houses, model: ScriptedModel) -> None:
    house = houses(
        openai_base_url=model.base_url,
        model="scripted-1",
        prices={"scripted-1": (1_000, 1_000)},
        guest_all_cost_per_day=0.01,
    )
    model.queue(Script([Text("x" * 400)], usage=False))
    house.answered(address=HERE)
    with pytest.raises(TooMany, match=r"together may spend \$0\.01 a day"):
        house.send(user_id="guest2", address="192.0.2.8")


@pytest.mark.parametrize("how", ["stopped", "broken"])
def test_of_one_that_did_not_come_to_its_end(house: House, model: ScriptedModel, how: str) -> None:
    model.queue(Script([Text("x" * 400), Pause() if how == "stopped" else Break()]))
    asked = house.send(address=HERE)
    if how == "stopped":
        turn = house.parts.runner.find(SessionKey(GUEST, "one"), asked.answer.id)
        assert turn
        until(lambda: turn.text)
        house.parts.turns.stop(turn.key)
    house.ended(asked.answer)
    assert tokens(house) >= 100


def test_every_step_of_an_answer_counts(house: House, model: ScriptedModel) -> None:
    model.queue(Script([Call("current_time")], usage=False, finish_reason="tool_calls"))
    model.queue(Script([Text("x" * 400)], usage=False))
    house.answered(address=HERE)
    question = sum(len(m["content"] or "") for m in model.requests[0].body["messages"])
    assert tokens(house) >= 100 + 2 * question // 4


def test_what_is_refused_costs_nothing(house: House, model: ScriptedModel) -> None:
    model.queue(Script(status=503, body={"error": {"message": "No."}}))
    assert house.answered(address=HERE).status == "error"
    assert tokens(house) == 0
    assert house.used("guest_all:").messages == 1


def test_retries_edits_and_continued_ones_count(house: House) -> None:
    first = house.send(address=HERE)
    house.ended(first.answer)
    once, key = tokens(house), SessionKey(GUEST, "one")
    house.ended(house.parts.turns.answer_again(key, first.answer.id, address=HERE_ADDRESS))
    house.ended(
        house.parts.turns.send(key, "hi", edit_of=first.question.id, address=HERE_ADDRESS).answer
    )
    assert tokens(house) >= 3 * once
    assert house.used("guest_all:").messages == 3


def test_titles_count(houses: Houses, model: ScriptedModel) -> None:
    house = houses(openai_base_url=model.base_url, model="scripted-1", model_titles=True)
    model.queue(Script([Text("answer")]), Script([Text("x" * 400)], usage=False))
    house.answered(address=HERE)
    until(lambda: len(model.requests) == 2)
    until(lambda: house.used("guest_all:").tokens >= 100)
    assert house.used("guest_all:").messages == 1


def test_a_chat_that_is_removed_meanwhile_is_paid(house: House, model: ScriptedModel) -> None:
    model.queue(Script([Text("x" * 400), Pause()]))
    asked = house.send(address=HERE)
    turn = house.parts.runner.find(SessionKey(GUEST, "one"), asked.answer.id)
    assert turn
    until(lambda: turn.text)
    house.purge("one")
    until(lambda: house.used("guest_all:").tokens >= 100)


def test_an_answer_whose_process_is_gone(
    houses: Houses, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 3600)  # it would notice, and pay itself
    house, gate = priced(houses, model), Gate()
    model.queue(Script([Text("a"), gate]))
    asked = house.send(address=HERE)
    key = SessionKey(GUEST, "one")
    turn = house.parts.runner.find(key, asked.answer.id)
    assert turn
    until(lambda: turn.text)
    with house.database.transaction() as db:  # as another process finds it
        ending = endings.Ending("interrupted", "x" * 400, model="scripted-1")
        endings.finish(db, key, message_id=asked.answer.id, ending=ending)
    settle_unpaid(house.parts.limits)
    assert 100 <= tokens(house) < 200
    before = tokens(house)
    settle_unpaid(house.parts.limits)
    gate.opened.set()
    until(lambda: not house.parts.runner.running())
    assert tokens(house) == before, "paid twice"


def test_what_waited_and_was_taken_away_holds_up_nobody(
    houses: Houses, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "settle_unpaid", lambda _: None)  # not before this test does
    house = houses(openai_base_url=model.base_url, model="scripted-1", guest_answers_at_once=1)
    gate = Gate()
    model.queue(Script([Text("a"), gate]))
    house.send("one", address=HERE)
    house.send("one", "waits", address=HERE)
    house.sessions.trash([SessionKey(GUEST, "one")])
    until(lambda: not house.parts.runner.running())
    with pytest.raises(TooMany):
        house.send("two", address=HERE)
    settle_unpaid(house.parts.limits)
    house.send("two", address=HERE)
    gate.opened.set()


def test_nothing_is_kept_of_whoever_has_no_limits(houses: Houses) -> None:
    house = houses(auth="password")
    house.answered(user_id="ann")
    assert house.used("user:ann") == house.used("user_all:") == Used()
