// The composer: what is typed stays, per chat, until it is sent.

const ICONS = { send: "M4 12l16-8-6 17-3-7z", stop: "M7 7h10v10H7z" }
const compose = { area: null, about: {}, box: null }

const draftName = () => mine(`draft/${here.chat.isNew ? "new" : here.chat.id}`)

// Only what was written here: another tab may show the same draft.
const keepDraft = () => {
  clearTimeout(compose.late)
  if (compose.draft === undefined || !compose.isOurs) return
  if (compose.area.value) kept.set(compose.draft, compose.area.value)
  else kept.drop(compose.draft)
}

const typed = () => {
  clearTimeout(compose.late)
  compose.isOurs = true
  // A long text is not written anew with each letter.
  if (compose.area.value.length < 10000) keepDraft()
  else compose.late = setTimeout(keepDraft, 300)
  grow()
}

const grow = () => {
  const { area } = compose
  area.style.height = "auto"
  area.style.height = `${area.scrollHeight}px`
  drawButtons()
}

// The draft of the chat that is meant, and where Enter leads.
const turnTo = () => {
  const { area, chat, draft } = compose
  if (draft === draftName()) return
  const stays = draft && (chat === here.chat.id || here.isGone)
  if (stays) {
    // A new chat that has begun, or one that is gone: what is typed goes along.
    kept.drop(draft)
    moveFiles(draft, draftName())
    compose.isOurs = true
    if (here.isGone) area.value = [area.value, kept.get(draftName())].filter(Boolean).join("\n")
  } else {
    lookUpFiles(draftName())
    keepDraft()
    area.value = kept.get(draftName()) ?? ""
    compose.isOurs = false
  }
  Object.assign(compose, { chat: here.chat.id, draft: draftName() })
  keepDraft()
  if (!stays) say("")
  drawFiles()
  grow()
}

const drawWhere = () => {
  const { about, where } = compose
  const isOther = about.session?.id !== here.chat.id
  where.hidden = !isOther
  where.textContent = isOther
    ? here.chat.isNew ? "To a new chat" : `To “${here.chat.title || "New chat"}”`
    : ""
}

const say = (why) => {
  compose.said.textContent = why
  compose.said.hidden = !why
}

const sendNow = (text) => {
  const { draft } = compose, files = filesOf(draft)
  if (!text.trim() && !files.length) return false
  if (files.some(isOpen)) return remind()
  send(text, asKept(files))
  leaveFiles(draft)
  say("")
  toEnd()
  return true
}

const empty = () => {
  clearTimeout(compose.late)
  compose.area.value = ""
  compose.isOurs = false
  grow()
}

const submit = () => {
  if (!sendNow(compose.area.value)) return
  kept.drop(compose.draft)
  empty()
}

// Refused or taken back: in front of what was typed meanwhile.
const takeBack = ({ session, content, files, gone, why, isGone }) => {
  const isHere = session === here.chat.id || isGone
  const name = isHere ? compose.draft : mine(`draft/${session}`)
  const rest = isHere ? compose.area.value : kept.get(name) ?? ""
  const text = [content, rest].filter(Boolean).join("\n")
  kept.set(name, text)
  addFiles(name, files)
  markGone(name, ({ id }) => gone.includes(id))
  if (!isHere) return say(`A message to another chat is a draft there now: ${why}`)
  compose.area.value = text
  compose.isOurs = true
  say(why)
  grow()
}

// Sent from another tab that showed the same draft.
const sentElsewhere = ({ session, content, files, ...about }) => {
  const { area, draft } = compose, sent = mine(`draft/${about.new ? "new" : session}`)
  dropSent(sent, idsOf({ files }))
  if (sent === draft && content.startsWith(area.value)) empty()
}

const stopAnswer = () => {
  const { answering, session } = compose.about
  const { id } = here.chat
  const isSoon = outbox.stored.some((one) => one.session === id) // stored, not drawn yet
  if (isSoon || (answering && session.id === id)) here.script("stop", { session: id })
}

const drawButtons = () => {
  const { about, area, draft, stop, go } = compose, files = filesOf(draft)
  const isAnswering = Boolean(about.answering) && about.session.id === here.chat.id
  if (isAnswering !== stop.isConnected) isAnswering ? go.before(stop) : stop.remove()
  const hasSome = Boolean(area.value.trim() || files.length)
  go.hidden = isAnswering && !hasSome
  go.disabled = !hasSome || files.some(isOpen)
}

const pressed = (event) => {
  const { area, about } = compose
  // Enter that ends a word of an input method sends nothing; Safari says so with 229 only.
  if (event.isComposing || event.keyCode === 229) return
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault()
    submit()
  } else if (event.key === "ArrowUp" && !area.value && about.question) {
    event.preventDefault()
    here.script("edit", { session: about.session.id, message: about.question })
  }
}

const buildComposer = () => {
  const area = make("textarea", {
    "aria-label": "Message", placeholder: "Message", rows: 1, dir: "auto", enterkeyhint: "send",
    oninput: typed, onkeydown: pressed, onblur: keepDraft,
  })
  const go = make("button", { type: "button", class: "go", "aria-label": "Send message", "aria-describedby": "hint",
    title: "Send message (Enter)", onclick: () => (submit(), area.focus()) }, picture(ICONS.send))
  const stop = make("span", { class: "st-key-stop" }, make("button", { type: "button",
    "aria-label": "Stop", title: "Stop (Esc)", onclick: stopAnswer }, picture(ICONS.stop)))
  const where = make("p", { class: "where", hidden: true })
  const reason = make("p", { class: "said", role: "status", hidden: true })
  Object.assign(compose, { area, go, stop, where, said: reason })
  const files = buildFiles()
  compose.box = make("div", { class: "composer" }, where, reason, ...files,
    make("div", { class: "row" }, compose.attach, area, go))
}

// Unless a message has the focus that somebody came for.
const focusIt = () => {
  const { spot, session } = scroll.about
  const isFree = !spot || session.id !== here.chat.id
  if (isFree && matchMedia("(pointer: fine)").matches) compose.area.focus({ preventScroll: true })
}

// What the page itself attaches, once.
const takeGiven = ({ given }) => {
  if (!given || given.once === compose.given || given.session !== here.chat.id) return
  compose.given = given.once
  addFiles(compose.draft, given.files)
}

const composer = (about, parent) => {
  if (!compose.box) buildComposer()
  const isFirst = !compose.box.isConnected || compose.box.getRootNode() !== parent
  if (isFirst) parent.append(compose.box)
  const isOther = here.tab !== about.tab
  const canWriteAgain = compose.about.readOnly && !about.readOnly
  compose.about = about
  here.fresh = about.new
  if (compose.isAway || canWriteAgain) say("")
  compose.isAway = false
  said(about)
  heard({ ...about, isOther })
  turnTo()
  takeGiven(about)
  drawWhere()
  grow()
  if (isFirst) focusIt()
}

listen((what, about) => {
  if (!compose.box) return
  if (what === "chat") {
    turnTo()
    drawWhere()
    drawButtons()
    focusIt()
  } else if (what === "back") takeBack(here.back)
  else if (what === "elsewhere") sentElsewhere(about)
  else if (what === "left") {
    compose.area.value = ""
    compose.draft = undefined
  }
})
addEventListener("pagehide", keepDraft)
