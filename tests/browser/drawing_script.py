"""What test_drawing.py looks at: texts from a JSON file, a copy button and an icon button."""

import json
import os
from pathlib import Path

import streamlit as st

from chat.ui.components.browser import copy_button
from chat.ui.icons import icon_label
from chat.ui.markdown.safe import safe

st.session_state.runs = st.session_state.get("runs", 0) + 1
st.text(f"Run {st.session_state.runs}")
copy_button("hällo **x** `y`\n</script>", key="copy")
st.button(icon_label("Actions for My [odd] *title*", "more"), key="odd")
st.menu_button(icon_label("Actions for $x$ :red[y] `z`", "more"), ["Rename"], key="odder")
texts = json.loads(Path(os.environ["DRAWING_TEXTS"]).read_text("utf-8"))
for name, text in texts.items():
    with st.container(key=name):
        st.markdown(safe(text), anchors=False)
st.text("The end")
