// Who is here, which chat is meant, ways to the server.

const here = {
  user: "",
  tab: "",
  token: "",
  chat: { id: "", isNew: true, title: "" },
  turn: 0,
  pressed: 0,
  hasApi: true,
  begun: new Set(), // new chats that are stored by now
  script: () => {},
  parts: new Set(),
}

// Something of `here` is another.
const changed = (what, about) => here.parts.forEach((part) => part(what, about))

const listen = (part) => {
  here.parts.add(part)
  return () => here.parts.delete(part)
}

const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("")

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// A click on a chat, or on New chat.
const goTo = (id, title = "", message) => {
  const isNew = !id
  here.turn += 1
  here.chat = { id: id || newId(), isNew, title, message }
  changed("chat")
  follow()
}

// Shows the chat that is meant, again where that got lost.
const follow = () => {
  const { turn, chat } = here
  here.script("open", { turn, session: chat.id, message: chat.message, new: chat.isNew && !here.begun.has(chat.id) })
  clearTimeout(here.lost)
  here.lost = setTimeout(() => here.seen < here.turn && follow(), 5000)
}

// What a run drew, and for whom; false for one behind the clicks.
const said = ({ user, tab, token, turn, session, title }) => {
  const isOther = here.user !== user
  const wasElsewhere = here.tab && here.tab !== tab && !isOther && here.turn > 0
  if (here.tab !== tab) {
    here.turn = turn
    if (!here.hasApi) here.script("without", {})
  }
  Object.assign(here, { user, tab, token, seen: turn })
  if (isOther) {
    forgetOthers(user)
    changed("who")
  }
  if (wasElsewhere && session.id !== here.chat.id) {
    here.turn += 1 // the server began anew; what was clicked still holds
    follow()
  }
  if (turn < here.turn) return false
  here.isGone = session.new && !here.chat.isNew // what was on screen is there no more
  if (session.id !== here.chat.id || session.new !== here.chat.isNew || title !== here.chat.title) {
    here.chat = { id: session.id, isNew: session.new, title }
    changed("chat")
  }
  return true
}

// A run that nobody asked for would close an open dialog. Without the API there are more of those
// runs, and a dialog that a click has just asked for is not open yet.
const isCalm = () =>
  !document.querySelector('[role="dialog"]') && (here.hasApi || performance.now() - here.pressed > 1000)
for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => { here.pressed = performance.now() }, { capture: true })
}

// Draws anew.
const look = () => {
  clearTimeout(here.looks)
  if (isCalm()) here.script("look", {})
  else here.looks = setTimeout(look, 1000)
}

// A host that passes only Streamlit's own addresses; the script draws other ways then.
const withoutApi = () => {
  here.hasApi = false
  changed("api")
  here.script("without", {})
}

const api = (path) => new URL(`api/${path}`, new URL(".", location.href))

const headers = (more) => ({
  "X-Requested-With": "Parley",
  ...(here.token && { Authorization: `Bearer ${here.token}` }),
  ...more,
})

// What the browser keeps; in memory where it may keep nothing.

const memory = new Map()
const safely = (call) => {
  try {
    return call()
  } catch { /* nothing is kept there, or no more */ }
}
const kept = {
  get: (name) => memory.get(name) ?? safely(() => localStorage.getItem(name)),
  set(name, text) {
    memory.set(name, text)
    safely(() => {
      localStorage.setItem(name, text)
      memory.delete(name)
    })
  },
  drop(name) {
    memory.delete(name)
    safely(() => localStorage.removeItem(name))
  },
  names: (beginning) =>
    [...new Set([...memory.keys(), ...(safely(() => Object.keys(localStorage)) ?? [])])]
      .filter((one) => one.startsWith(beginning)).sort(),
}
const mine = (what) => `parley/${here.user}/${what}`

const forgetOthers = (user) => {
  for (const name of kept.names("parley/")) {
    if (!name.startsWith(`parley/${user}/`)) kept.drop(name)
  }
}

// Logging out leaves nothing of it, in no tab.
const LEFT = "parley/left"
const forget = () => {
  changed("left")
  for (const name of kept.names("parley/")) kept.drop(name)
  kept.set(LEFT, String(Date.now())) // the other tabs hear of it
  kept.drop(LEFT)
}

const make = (tag, about = {}, ...inside) => {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(about)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else if (name === "text") node.textContent = value
    else if (value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value)
  }
  node.append(...inside)
  return node
}

const picture = (path) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("aria-hidden", "true")
  svg.append(document.createElementNS(svg.namespaceURI, "path"))
  svg.firstChild.setAttribute("d", path)
  return svg
}
