// Ctrl+K (or ⌘K) puts the cursor into the search box: Streamlit has shortcuts for buttons only.

export default function () {
  const jump = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return
    const box = document.querySelector(".st-key-search-chats input")
    if (!box) return
    event.preventDefault()
    box.focus()
    box.select()
  }
  document.addEventListener("keydown", jump)
  return () => document.removeEventListener("keydown", jump)
}
