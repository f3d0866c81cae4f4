"""A button that copies an answer, which Streamlit has no element for.

The text travels with the page, so a click asks the server nothing and reruns nothing.
"""

from chat.ui.components.mounting import mount

_HTML = """
<button type="button" aria-label="Copy answer" title="Copy answer">
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path class="copy" d="M9 9h11v11H9zM5 15H4V4h11v1"/>
    <path class="done" d="M4 12l6 6L20 6"/>
  </svg>
</button>
"""

_CSS = """
button {
  display: flex; align-items: center; justify-content: center;
  width: 1.75rem; height: 1.75rem; padding: 0; cursor: pointer;
  color: var(--st-text-color); background: transparent;
  border: 1px solid transparent; border-radius: var(--st-button-radius);
}
button:hover { color: var(--st-primary-color); }
button:focus-visible { outline: none; border-color: var(--st-primary-color); }
svg {
  width: 1.125rem; height: 1.125rem; fill: none; stroke: currentColor; opacity: 0.7;
  stroke-width: 2; stroke-linecap: round; stroke-linejoin: round;
}
button:hover svg, button:focus-visible svg { opacity: 1; }
.done, .copied .copy { display: none; }
.copied .done { display: inline; }
"""

_JS = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.onclick = async () => {
    if (!(await copied(new TextDecoder().decode(data)))) return
    button.classList.add("copied")
    clearTimeout(button.timer)
    button.timer = setTimeout(() => button.classList.remove("copied"), 2000)
  }
  return () => clearTimeout(button.timer)
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Over plain http (not localhost) there is no navigator.clipboard.
    const area = document.createElement("textarea")
    area.value = text
    area.style.position = "fixed"
    area.style.opacity = "0"
    const before = document.activeElement
    document.body.append(area)
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    before?.focus?.()
    return done
  }
}
"""


def copy_button(text: str, *, key: str) -> None:
    """A small icon button named "Copy answer" that puts `text` on the clipboard."""
    mount("copy-button", _JS, text, html=_HTML, css=_CSS, key=key)
