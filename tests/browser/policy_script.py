"""What test_policy.py looks at: all kinds of elements, each of which the browser has to allow."""

import io
import wave

import streamlit as st
from streamlit.components.v2 import component

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9"/></svg>'
JS = """
export default ({ parentElement }) => {
  parentElement.querySelector("b").textContent = "Component runs"
}
"""


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", ""))
        written.writeframes(b"\0\0" * 800)
    return file.getvalue()


own = component("policy", html="<b>Component</b>", css="b { color: teal }", js=JS)
own(key="own")
st.markdown(
    "Formula $x^2$ and `code`\n\n```python\nprint(1)\n```\n\n```mermaid\ngraph TD\nA-->B\n```"
)
st.html("<style>em { color: teal }</style><em>Own HTML</em>")
st.bar_chart({"a": [1, 2, 3]})
st.dataframe({"a": [1, 2, 3]})
st.data_editor({"b": [1, 2, 3]})
st.image(PICTURE.decode())
st.audio(sound(), format="audio/wav")
st.download_button("Download", b"x", file_name="x.txt")
st.file_uploader("Upload")
st.date_input("Day")
st.selectbox("Choice", ["a", "b"])
st.slider("Amount", 0, 9)
st.chat_input("Say")
st.text("The end")
