// Around the messages.

const scroll = { about: { earlier: false }, stuck: true, top: 0, height: 0 }
const flight = { box: null }
const GAP = 16

const toEnd = () => {
  scroll.stuck = true
  scroll.keeps = 0
  settle()
}

// Where the newest text is in view; profiles may be beside and below it.
const endOf = (box) => {
  const bottom = document.querySelector(`.${scroll.about.names.bottom}`)
  const hidden = box.contains(bottom) ? bottom.offsetHeight : 0
  const after = flight.box.getBoundingClientRect().bottom - box.getBoundingClientRect().top
  const most = box.scrollHeight - box.clientHeight
  const end = box.scrollTop + after + hidden + GAP - box.clientHeight
  return most - end < GAP * 10 ? most : Math.max(0, Math.round(end))
}

// The newest text is in view at once. Whoever scrolls up is left alone until they come back to the
// end, and stays at the same message when earlier ones come.
const settle = () => {
  const { box } = scroll
  if (!box) return
  mark()
  if (scroll.keeps) box.scrollTop = box.scrollHeight - scroll.keeps
  else if (scroll.stuck) box.scrollTop = endOf(box)
  scroll.top = box.scrollTop
  scroll.height = box.scrollHeight
}

// What somebody came for, once there.
const mark = () => {
  const [id, once] = scroll.about.spot ?? []
  if (!once || scroll.marked === once) return
  const { message } = scroll.about.names
  const node = document.querySelector(`.st-key-message-actions-${id}`)?.closest(`.${message}`)
  if (!node) return
  scroll.marked = once
  scroll.stuck = false
  scroll.keeps = 0
  node.tabIndex = -1
  node.focus({ preventScroll: true })
  scroll.box.scrollTop += node.getBoundingClientRect().top - 120
  const outline = `3px solid ${getComputedStyle(flight.box).getPropertyValue("--st-primary-color")}`
  const easing = matchMedia("(prefers-reduced-motion)").matches ? "step-end" : "ease-in"
  const faded = { outline: "3px solid transparent" }
  node.animate([{ outline }, { outline, offset: 0.7, easing }, faded], { duration: 4000, fill: "forwards" })
}

const notice = () => {
  const { box } = scroll
  if (Math.abs(endOf(box) - box.scrollTop) < 4) scroll.stuck = true
  else if (box.scrollTop !== scroll.top && box.scrollHeight === scroll.height) scroll.stuck = false
  if (box.scrollHeight === scroll.height) scroll.keeps = 0
  scroll.top = box.scrollTop
  scroll.height = box.scrollHeight
  loadEarlier()
}

// Upwards it is meant, also while the page grows.
const turned = ({ deltaY }) => {
  if (deltaY < 0 && scroll.box.scrollTop) scroll.stuck = false
}

const loadEarlier = () => {
  const { box, about } = scroll
  const fits = box.scrollHeight <= box.clientHeight + 4
  if (!about.earlier || scroll.asked === about.first || (scroll.stuck && !fits)) return
  if (box.scrollTop >= box.clientHeight / 2) return
  scroll.asked = about.first
  scroll.keeps = box.scrollHeight - box.scrollTop
  here.script("earlier", { session: about.session.id })
}

const stayAtEnd = () => {
  const box = document.querySelector(`.${scroll.about.names.main}`)
  if (!box || box === scroll.box) return
  scroll.leave?.()
  scroll.box = box
  const sizes = new ResizeObserver(settle)
  for (const child of box.children) sizes.observe(child)
  box.addEventListener("scroll", notice)
  box.addEventListener("wheel", turned, { passive: true })
  scroll.leave = () => {
    sizes.disconnect()
    box.removeEventListener("scroll", notice)
    box.removeEventListener("wheel", turned)
    scroll.box = null
  }
}

const drawFlight = () => {
  if (!flight.box) return
  const waiting = [...outbox.stored, ...entries()]
  const isHere = ({ session }) => session === here.chat.id
  const others = outbox.why ? waiting.filter((entry) => !isHere(entry) && !entry.id) : []
  const lines = waiting.filter(isHere).map((entry) => {
    const why = entry.id ? "" : outbox.why
    const state = why ? `Not sent yet: ${why} It is tried again and again.` : entry.id ? "Sent" : "Sending…"
    return make("div", { class: "message", role: "listitem" },
      make("p", { dir: "auto", text: entry.content }),
      ...(entry.files?.length ? [make("small", { dir: "auto", text: entry.files.map(({ name }) => name).join(", ") })] : []),
      make("small", { role: "status", text: state }),
      ...(why ? [make("button", { type: "button", text: "Take back", onclick: () => returned(entry, "") })] : []))
  })
  if (others.length) {
    const count = `${others.length} message${others.length === 1 ? "" : "s"}`
    lines.push(make("small", { role: "status", text: `${count} for other chats not sent yet: ${outbox.why}` }))
  }
  flight.box.replaceChildren(...lines)
}

const showTimes = ({ times, names }) => {
  const nodes = [...document.querySelectorAll(`.${names.main} .${names.message}`)]
    .slice(-times.length || Infinity)
  const form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })
  nodes.forEach((node, at) => { node.title = form.format(new Date(times[at])) })
}

const PAPER = ({ sidebar, bottom, header, main }) => `@media print {
.${sidebar},.${bottom},.${header},.st-key-chat-tools,.stChatMessage :is(.stButton,.stMenuButton) {display:none!important}
html,body,#root,.${main},.stApp,.stApp>div {position:static!important;height:auto!important;overflow:visible!important}
.stApp,.stApp * {color:#000!important;background:0!important} .stApp svg text {fill:#000!important} html,body {background:#fff!important}}`

const PICTURES = `[class*="st-key-pictures-"] .stImage {gap:0.5rem} [class*="st-key-pictures-"] img {cursor:zoom-in}`

const print = () => {
  if (!scroll.about.earlier && !scroll.about.later) return window.print()
  scroll.prints = true
  here.script("earlier", { session: scroll.about.session.id, all: true })
}

const transcript = (about, parent) => {
  if (!flight.box) {
    flight.box = make("div", { class: "flight", role: "list", "aria-label": "Messages on their way" })
    document.head.append(make("style", { text: PAPER(about.names) + PICTURES }))
  }
  if (flight.box.getRootNode() !== parent) parent.append(flight.box)
  const before = scroll.about
  scroll.about = about
  stayAtEnd()
  if (before.session?.id !== about.session.id) toEnd()
  else settle()
  drawFlight()
  showTimes(about)
  if (scroll.prints && !about.earlier && !about.later) {
    scroll.prints = false
    setTimeout(() => window.print(), 300)
  }
  requestAnimationFrame(() => scroll.box && loadEarlier())
}

// A picture of a question, large.
addEventListener("click", ({ target }) => {
  const box = target.tagName === "IMG" && target.closest('[class*="st-key-pictures-"]')
  if (!box) return
  const [, message] = box.className.match(/st-key-pictures-(\d+)/)
  here.script("picture", { message: Number(message), at: [...box.querySelectorAll("img")].indexOf(target) })
})

listen((what) => {
  if (what === "outbox" || what === "chat") drawFlight()
})
