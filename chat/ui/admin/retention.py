"""For administrators: which unused chats go into the trash; what would go is listed before."""

import streamlit as st

from chat.limits.words import counted
from chat.ui import state, unused
from chat.ui.admin import dry_run
from chat.ui.admin.people import administrator
from chat.ui.controls import button, close, dialog, menu, row, sure
from chat.ui.failures import done
from chat.ui.labels import plain
from chat.ui.services import parts
from store.errors import RuleNotFound, RulesUnreadable
from store.order_models import NAME_MAX
from store.retention_rules import DAYS_LEAST, DAYS_MOST, RULES_MAX, RetentionRule

USUAL_DAYS = 90
OFF = "Off: chats go by hand only"


def draw() -> None:
    """The rules, what can be done with them, and what the last dry run found."""
    who = administrator()
    with st.container(border=True, key="retention"):
        st.subheader("Retention", anchor=False)
        st.caption(
            "Chats in which nothing was written for long go to the trash, where their owners can "
            f"restore them for {counted(parts().settings.trash_days, 'day')}. Pinned and shared "
            "ones stay, those with an answer that is not finished, and those of people who cannot "
            "log in; temporary chats and guests' have ends of their own."
        )
        try:
            rules = parts().unused.rules(who)
        except RulesUnreadable as failure:
            st.error(plain(str(failure)), icon=":material/error:")
            button("Remove all rules", "remove-rules", state.ask, "remove-rule")
            return
        for rule in rules:
            _rule(rule)
        if not rules:
            st.caption("There are no rules: each chat stays until its owner deletes it.")
        _form(len(rules))
        if rules:
            dry_run.draw(who, {one.id: unused.words(one) for one in rules})


def _rule(rule: RetentionRule) -> None:
    name = unused.words(rule)
    about = "On: chats go by themselves, an hour after they are due" if rule.on else OFF
    with row(f"rule-{rule.id}", plain(name), about):
        options = ["Switch off" if rule.on else "Switch on", "Remove"]
        menu(f"Actions for {name}", options, f"rule-actions-{rule.id}", _act, rule.id)


def _act(key: str, rule_id: str) -> None:
    chosen = str(state.value(key))
    if chosen == "Remove":
        state.ask("remove-rule", rule_id)
    elif chosen == "Switch on":
        with done("The rule is on. Where it lets go much at once, that begins after a day."):
            parts().unused.switch(administrator(), rule_id, on=True)
    elif chosen == "Switch off":
        with done("The rule is off: nothing goes by itself."):
            parts().unused.switch(administrator(), rule_id, on=False)


def _form(count: int) -> None:
    if count >= RULES_MAX:
        st.caption(f"There are {RULES_MAX} rules, and no more can be. Remove one to add another.")
        return
    with st.form("new-rule"):
        with st.container(horizontal=True):
            st.number_input(
                "Days without use", DAYS_LEAST, DAYS_MOST, USUAL_DAYS, key="rule-days", width=160
            )
            st.text_input(
                "Folder (optional)",
                key="rule-folder",
                max_chars=NAME_MAX,
                placeholder="All chats",
                help="Only chats that lie in a folder of this name, whosever it is; not those in "
                "folders in it.",
            )
        st.caption("A new rule is off. See with a dry run what it lets go, then switch it on.")
        st.form_submit_button("Add rule", key="add-rule", on_click=_add)


def _add() -> None:
    days, folder = state.value("rule-days"), str(state.value("rule-folder") or "")
    with done("The rule is added. It is off."):
        count = days if isinstance(days, int) else 0
        parts().unused.add(administrator(), days=count, folder=folder)
        state.put("rule-folder", "")
        state.tab().dry_run = None


@dialog("Remove rule")
def remove_dialog(rule_id: str) -> None:
    """Take one away, or all if none is named, after a question."""
    who = administrator()
    if not rule_id:
        st.markdown("All rules go. No chat goes to the trash by itself until there are others.")
        if sure("Remove", "remove-rule"):
            parts().unused.remove_all(who)
            close("There are no rules any more.")
        return
    rule = next((one for one in parts().unused.rules(who) if one.id == rule_id), None)
    if rule is None:
        raise RuleNotFound
    name = unused.words(rule)
    st.markdown(f"No chat goes by this rule any more: **{plain(name)}**. The trash stays as it is.")
    if sure("Remove", "remove-rule"):
        parts().unused.remove(administrator(), rule_id)
        state.tab().dry_run = None
        close(f"The rule is removed: {name}.")
