// The list of chats: a listbox, with a menu beside each row.

const ACTIONS = (row) => [
  "Rename", row.pinned ? "Unpin" : "Pin", row.archived_at ? "Unarchive" : "Archive",
  "Move", "Tags", "Duplicate", "Export", ...(list.about.sharing ? ["Share"] : []), "Details", "Clear", "Delete",
]
const list = { about: { rows: [], folders: [] }, box: null, at: "", drawn: new Map(), news: [] }

const headings = {}

const drawMenu = (row) =>
  make("span", { class: `more st-key-actions-${row.session_id}` },
    make("button", { type: "button", "aria-label": `Actions for ${titleOf(row)}`, "aria-haspopup": "menu",
      tabindex: -1, onclick: () => openMenu(rowOf(row.session_id)) }, picture("M5 12h.01M12 12h.01M19 12h.01")))

const rowOf = (id) => list.about.rows.find((row) => row.session_id === id)
const rowAt = (event) => rowOf(event.target.closest(".option")?.id.slice(4))

const openRow = (row) => {
  if (!row) return
  list.at = row.session_id
  goTo(row.session_id, titleOf(row), row.message)
  // On a phone the list covers the chat.
  if (matchMedia("(max-width: 768px)").matches) {
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
  }
}

const act = (row, action) => {
  list.acted = 1
  here.script("act", { session: row.session_id, title: titleOf(row), action })
}

const openMenu = (row) => {
  closeMenu()
  const button = list.box.querySelector(`.st-key-actions-${CSS.escape(row.session_id)} button`)
  const items = ACTIONS(row).map((action) =>
    make("button", { type: "button", role: "menuitem", tabindex: -1, text: action,
      onclick: () => (closeMenu(), act(row, action)) }))
  const menu = make("div", { class: "menu", role: "menu", "aria-label": `Actions for ${titleOf(row)}`,
    popover: "auto",
    onkeydown: (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (!step) return
      event.preventDefault()
      const at = items.indexOf(list.box.getRootNode().activeElement)
      items[(at + step + items.length) % items.length].focus()
    },
    onbeforetoggle: ({ newState }) => newState === "closed" && closeMenu(),
  }, ...items)
  list.box.append(menu)
  list.menu = { menu, button, row }
  button.setAttribute("aria-expanded", "true")
  menu.showPopover?.()
  const { bottom, top, right } = button.getBoundingClientRect()
  const below = bottom + menu.offsetHeight < innerHeight
  menu.style.top = `${below ? bottom : Math.max(0, top - menu.offsetHeight)}px`
  menu.style.left = `${Math.max(4, Math.min(right - menu.offsetWidth, innerWidth - menu.offsetWidth - 4))}px`
  items[0].focus()
}

const closeMenu = () => {
  if (!list.menu) return
  const { menu, button } = list.menu
  const had = menu.contains(list.box.getRootNode().activeElement)
  list.menu = null
  button.removeAttribute("aria-expanded")
  menu.remove()
  if (had) list.options.focus()
}

// Where arrow keys are; focus stays with the listbox.
const markAt = (id) => {
  list.at = id
  for (const option of list.options.querySelectorAll(".option")) {
    const isAt = option.id === `row-${id}`
    option.classList.toggle("at", isAt)
    if (isAt) option.scrollIntoView({ block: "nearest" })
  }
  if (id) list.options.setAttribute("aria-activedescendant", `row-${id}`)
  else list.options.removeAttribute("aria-activedescendant")
}

const listKeys = (event) => {
  const { rows } = list.about
  const at = rows.findIndex((row) => row.session_id === list.at)
  const row = rows[at]
  const to = {
    ArrowDown: Math.min(at + 1, rows.length - 1), ArrowUp: Math.max(at - 1, 0), Home: 0, End: rows.length - 1,
  }[event.key]
  if (to !== undefined && rows.length) markAt(rows[to].session_id)
  else if (!row) return
  else if (event.key === "Enter" || event.key === " ") openRow(row)
  else if (event.key === "F2") act(row, "Rename")
  else if (event.key === "Delete") act(row, "Delete")
  else if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) openMenu(row)
  else return
  event.preventDefault()
}

const drawn = (row) => {
  const text = JSON.stringify([row, list.about.personas[row.persona], folderOf(row)])
  const before = list.drawn.get(row.session_id)
  return before?.text === text ? before : { text, option: drawRow(row), menu: drawMenu(row) }
}
const heading = (tag, group) =>
  (headings[tag + group] ??= make(tag, { class: "heading", role: "presentation", text: tag === "div" ? group : "" }))
const fill = (box, nodes) => {
  const isSame = box.childNodes.length === nodes.length && nodes.every((node, at) => node === box.childNodes[at])
  if (!isSame) box.replaceChildren(...nodes)
}

const drawList = () => {
  // A row that moves during a click gets none.
  list.waits = list.isPressed
  if (list.waits) return
  const { rows, more, nothing } = list.about
  const options = [], menus = [], now = new Map()
  let last = ""
  for (const row of rows) {
    const group = groupOf(row)
    if (group !== last) {
      options.push(heading("div", group))
      menus.push(heading("span", group))
      last = group
    }
    now.set(row.session_id, drawn(row))
    options.push(now.get(row.session_id).option)
    menus.push(now.get(row.session_id).menu)
  }
  list.drawn = now
  if (list.menu && !rowOf(list.menu.row.session_id)) closeMenu()
  fill(list.options, options)
  fill(list.menus, menus)
  list.nothing.textContent = rows.length ? "" : nothing
  list.more.hidden = !more
  list.options.hidden = !rows.length
  markCurrent()
  drawTitle()
  markAt(rows.some((row) => row.session_id === list.at) ? list.at : "")
}

const letGo = () => setTimeout(() => { // after the click
  list.isPressed = false
  if (list.waits) drawList()
})

const markCurrent = () => {
  for (const option of list.options.querySelectorAll(".option")) {
    const isCurrent = option.id === `row-${here.chat.id}` && list.about.onChat !== false
    option.setAttribute("aria-selected", isCurrent)
    if (isCurrent) option.setAttribute("aria-current", "page")
    else option.removeAttribute("aria-current")
  }
}

const noteByScript = (session) => {
  clearTimeout(list.notes)
  if (isCalm()) here.script("seen", { session })
  else list.notes = setTimeout(noteByScript, 1000, session)
}

// Who has the end before their eyes has seen it.
const noteSeen = async () => {
  const row = list.about.rows.find((one) => one.session_id === here.chat.id)
  const isShown = compose.box?.isConnected && compose.about.session.id === here.chat.id
  if (!row?.unread || row.answering || document.hidden || !isShown) return
  row.unread = false
  drawList()
  if (!here.hasApi) return noteByScript(row.session_id)
  const path = api(`users/${here.user}/sessions/${row.session_id}/seen`)
  await fetch(path, { method: "POST", headers: headers() })
}

const drawTitle = () => {
  const mark = list.about.rows.some((row) => row.unread || row.asks) ? "● " : ""
  const title = mark + document.title.replace(/^● /, "")
  if (document.title !== title) document.title = title
  noteSeen().catch(() => {})
}

const buildList = () => {
  new MutationObserver(drawTitle).observe(document.querySelector("title"), { childList: true })
  document.addEventListener("visibilitychange", drawTitle)
  list.options = make("div", { role: "listbox", "aria-label": "Chats", tabindex: 0, onkeydown: listKeys,
    onclick: (event) => openRow(rowAt(event)),
    oncontextmenu: (event) => {
      const row = rowAt(event)
      if (row) event.preventDefault(), openMenu(row)
    },
    onfocus: () => list.at || markAt(here.chat.isNew ? list.about.rows[0]?.session_id ?? "" : here.chat.id) })
  buildFolders()
  list.menus = make("div", { class: "menus" })
  list.nothing = make("p", { class: "nothing" })
  list.more = make("span", { class: "st-key-show-more" }, make("button", { type: "button", text: "Show more",
    onclick: () => here.script("more", { rows: list.about.rows.length }) }))
  list.box = make("div", { class: "sessions", onpointerdown: () => { list.isPressed = true } },
    list.folders, make("div", { class: "columns" }, list.options, list.menus), list.nothing, list.more)
  for (const end of ["pointerup", "pointercancel", "contextmenu"]) addEventListener(end, letGo)
  new IntersectionObserver(([seen]) => {
    if (seen.isIntersecting && list.scrolled && list.about.rows.length < 90) list.more.firstChild.click()
  }).observe(list.more)
  addEventListener("scroll", () => { list.scrolled = true }, { capture: true, passive: true })
}

const sessions = (about, parent) => {
  if (!list.box) buildList()
  if (list.box.getRootNode() !== parent) parent.append(list.box)
  const text = JSON.stringify([about.rows, about.folders]) + about.more + about.nothing
  const order = JSON.stringify([about.folders, about.filter])
  list.about = about
  if (list.order !== order) drawFolders()
  list.order = order
  if (!about.hasChat) said(about)
  news.last ||= about.news
  if (list.text !== text) drawList()
  list.text = text
  markCurrent()
  drawTitle()
  begin()
}

// What changed elsewhere; without a run where only the list is another.
const lookAgain = async (items) => {
  const { rows, query, least, filter } = list.about, { order } = list
  const needsRun = ({ type, session_id }) =>
    /models|folder|maintenance/.test(type) || (type === "profile" && session_id === here.chat.id)
  if (items.some(({ type }) => type === "login")) return here.script("look", {})
  if (!here.hasApi || rows.length > 199 || query || items.some(needsRun)) return look()
  const path = api(`users/${here.user}/sessions`)
  const limit = Math.max(rows.length, least)
  path.search = new URLSearchParams({ limit, ...filter })
  const reply = await fetch(path, { headers: headers() })
  if (!reply.ok) return reply.status === 401 && look()
  const now = await reply.json()
  const isOther = order !== list.order || list.about.rows.length > limit
  if (isOther) return lookAgain(items) // a filter was chosen meanwhile, or more are listed
  list.about = { ...list.about, rows: now, more: reply.headers.has("Link") }
  list.text = ""
  drawList()
  // The chat on screen: another by now, or gone.
  const { session, version } = compose.about
  if (!compose.box?.isConnected || session.id !== here.chat.id || session.new) return
  if (rowOf(session.id)?.version !== version) look()
}

listen((what, item) => {
  if (!list.box?.isConnected) return
  if (what === "chat") markCurrent()
  else if (what === "outbox") drawTitle()
  else if (what === "news") {
    list.news.push(item)
    clearTimeout(list.late)
    list.late = setTimeout(() => document.hidden || lookAgain(list.news.splice(0)).catch(() => {}), 150)
  }
})
setInterval(() => {
  if (document.hidden || !list.box?.isConnected) return
  for (const time of list.options.querySelectorAll("time")) time.textContent = ago(time.dateTime)
}, 60000)
