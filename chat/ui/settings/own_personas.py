"""The personas on the settings page: all of them, and making, changing and removing own ones."""

import streamlit as st

from chat.personas.book import ICONS, tool_words
from chat.ui import state
from chat.ui.controls import button, close, dialog, menu, row
from chat.ui.failures import done
from chat.ui.labels import plain
from chat.ui.services import parts, terms, user_id
from store import personas as store
from store.errors import PersonaNotFound
from store.values import PERSONA_FIELDS, Persona, PersonaDraft

_ICON_NAMES = {icon: name for name, icon in ICONS.items()}


def draw() -> None:
    """The list: those of everybody, then one's own."""
    found = parts().personas.all(user_id())
    with st.container(border=True, key="personas"):
        st.subheader("Personas", anchor=False)
        st.caption("Who answers in your chats. The ones you make are yours alone.")
        for persona in found:
            _row(persona)
        button("New persona", "new-persona", state.ask, "persona", icon="add")


def _row(persona: Persona) -> None:
    built_in = "" if persona.own else " :gray[:small[built in]]"
    title = f"{persona.icon} {plain(persona.name)}{built_in}"
    with row(f"persona-{persona.id}", title, plain(persona.description)):
        options = ("Edit", "Duplicate", "Delete") if persona.own else ("Duplicate",)
        key = f"persona-actions-{persona.id}"
        menu(f"Actions for the persona {persona.name}", options, key, _act, persona.id)


def _act(key: str, persona_id: str) -> None:
    chosen = state.value(key)
    if chosen == "Duplicate":
        with done("There is a copy of it now, for you to edit."):
            parts().personas.duplicate(user_id(), persona_id)
    elif chosen in ("Edit", "Delete"):
        state.ask("persona" if chosen == "Edit" else "delete-persona", persona_id)


def form_dialog(persona_id: str) -> None:
    """All of a persona: of a new one without an id."""
    title = "Edit persona" if persona_id else "New persona"
    dialog(title, width="medium")(_form)(persona_id)


def _form(persona_id: str) -> None:
    book = parts().personas
    draft = _asked(_own(persona_id) if persona_id else PersonaDraft(name=""))
    if draft is None:
        return
    if persona_id:
        made = book.change(user_id(), persona_id, draft)
        close(f"“{made.name}” is saved; it answers so from now on.")
    made = book.create(user_id(), draft)
    close(f"“{made.name}” is there: choose it in a new chat.")


def _own(persona_id: str) -> Persona:
    found = parts().personas.get(user_id(), persona_id)
    if found.id != persona_id:
        raise PersonaNotFound
    return found


def _asked(was: PersonaDraft) -> PersonaDraft | None:
    """The form; what was typed, once it is sent."""
    with st.form("persona-form", border=False):
        name = _text("name", was)
        icon = st.pills(
            "Icon",
            list({**_ICON_NAMES, was.icon: ""}),
            default=was.icon,
            format_func=lambda one: f"{one} {_ICON_NAMES.get(one, 'Its own')}",
            required=True,
        )
        description = _text("description", was, "What it is for")
        about = "What the model is told: who it is, what it does, and what it must not do"
        prompt = _text("system_prompt", was, about, height=150)
        greeting = _text("greeting", was, "What an empty chat says", height=80)
        starters = st.text_area(
            "Starters",
            "\n".join(was.starters),
            height=120,
            placeholder="Suggestions for a first message, one per line, at most 8",
        )
        tools = _tools(was.tools)
        model, temperature = _model_and_temperature(was)
        if not st.form_submit_button("Save persona", type="primary"):
            return None
    parameters = {key: it for key, it in was.parameters.items() if key != "temperature"}
    if temperature is not None:
        parameters["temperature"] = round(temperature, 2)
    return PersonaDraft(
        name=" ".join(name.split()),
        icon=str(icon or was.icon),
        description=" ".join(description.split()),
        greeting=greeting,
        starters=tuple(line.strip() for line in starters.splitlines() if line.strip()),
        system_prompt=prompt,
        tools=tuple(tools),
        model=model,
        parameters=parameters,
    )


def _text(name: str, was: PersonaDraft, about: str = "", *, height: int | None = None) -> str:
    """A box for one of its fields; for several lines where it has a height."""
    label, text = PERSONA_FIELDS[name].words.capitalize(), str(getattr(was, name))
    if height is None:
        return st.text_input(label, text, placeholder=about)
    return st.text_area(label, text, height=height, placeholder=about)


def _tools(before: tuple[str, ...]) -> list[str]:
    choices = parts().personas.tool_choices(parts().settings.mcp if terms().mcp else ())
    names = [*choices, *(name for name in before if name not in choices)]
    return st.multiselect(
        "Tools",
        names,
        default=list(before),
        format_func=lambda name: choices.get(name) or tool_words(name),
        placeholder="None: it only talks",
    )


def _model_and_temperature(was: PersonaDraft) -> tuple[str, float | None]:
    status = parts().provider.status()
    offered = terms().offered(status.models, status.default_model)
    models = list(dict.fromkeys(["", *offered, was.model]))
    kept = was.parameters.get("temperature")
    with st.container(horizontal=True):
        model = st.selectbox(
            "Model",
            models,
            index=models.index(was.model),
            format_func=lambda name: name or "The default one",
        )
        temperature = st.number_input(
            "Temperature",
            0.0,
            2.0,
            None if kept is None else float(kept),
            0.1,
            placeholder="The model's own",
        )
    return str(model), temperature


@dialog("Delete persona")
def delete_dialog(persona_id: str) -> None:
    """Remove an own one, after a question."""
    persona = _own(persona_id)
    with parts().database.reading() as db:
        uses = store.count_uses(db, user_id=user_id(), persona_id=persona_id)
    text = f"“{plain(persona.name)}” goes, and cannot be brought back."
    if uses:
        chats = f"{uses:,} chat{'' if uses == 1 else 's'}"
        name = plain(parts().personas.built_in.default.name)
        text += f" You use it in {chats}; there {name} answers."
    st.markdown(text)
    if st.button("Delete", type="primary", key="confirm-delete-persona"):
        parts().personas.remove(user_id(), persona_id)
        close(f"“{persona.name}” is deleted.")
