const focusSearch = () => {
  const box = document.querySelector(".st-key-search-chats input")
  box?.focus()
  box?.select()
  return box
}

const typesInto = (event) => {
  const [node] = event.composedPath()
  return node.isContentEditable || /^(input|textarea|select)$/i.test(node.tagName)
}

const pressedAnywhere = (event) => {
  const { key, target, isComposing } = event
  if (key === "Enter" && !isComposing && target.closest(".st-key-search-chats")) here.script("search", { query: target.value })
  if (!here.user || event.defaultPrevented || isComposing) return
  const isDialog = document.querySelector('[role="dialog"]')
  const name = event.key.toLowerCase()
  if (event.ctrlKey || event.metaKey) {
    if (event.altKey || event.shiftKey) return
    if (name === "j" && !isDialog) goTo("")
    else if (name === "p" && compose.box?.isConnected) print()
    else if (name !== "k" || !focusSearch()) return
  } else if (event.key === "Escape" && !isDialog && !list.menu) return stopAnswer()
  else if (event.key === "?" && !isDialog && !typesInto(event)) here.script("keys", {})
  else return
  event.preventDefault()
}
document.addEventListener("keydown", pressedAnywhere)

// Streamlit's dialog would keep everybody from writing on.
new MutationObserver(() => {
  const title = document.querySelector('[role="dialog"] h2')
  // From a dialog that the list opened one comes back to it.
  if (title) list.acted &&= 2
  else if (list.acted > 1) list.acted = document.activeElement === document.body && list.options.focus()
  if (!compose.box?.isConnected || title?.textContent !== scroll.about.names?.away) return
  title.parentElement.querySelector("button")?.click()
  compose.isAway = true
  unheard()
  say("No connection to the server. What you send is kept until it is back.")
}).observe(document.body, { childList: true })

const pressedLogOut = (event) => {
  if (!event.target.closest?.(".st-key-logout button, .st-key-log-out-everywhere button")) return
  const count = entries().length
  if (!count || confirm(`Messages not sent yet: ${count}. Log out, and lose them?`)) return forget()
  event.preventDefault()
  event.stopImmediatePropagation()
}
addEventListener("click", pressedLogOut, { capture: true })

const newChat = (fresh, parent) => {
  here.fresh = fresh
  if (parent.querySelector(".new")) return
  parent.append(make("button", { type: "button", class: "new", "aria-keyshortcuts": "Control+J",
    title: "New chat (Ctrl+J)", onclick: () => goTo("") },
  picture("M4 20h4L19 9l-4-4L4 16zM13 7l4 4"), make("span", { text: "New chat" })))
}
