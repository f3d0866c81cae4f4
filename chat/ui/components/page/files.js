// What is attached to a message that is being written: chips above its text.

const AT_ONCE = 2
const CLOSE = "M6 6l12 12M18 6L6 18"
const CLIP = "M8 12.5l6-6a3 3 0 0 1 4.5 4.5l-8 8a5 5 0 0 1-7-7l8-8"
const NO_FILES = "The host of this page passes only Streamlit's own addresses: choose files with Attach files."
const TOO_LARGE = "It is too large for the server between this browser and the chat."

const sizeOf = (bytes) => {
  const [unit, size] = bytes < 1e3 ? ["bytes", 1] : bytes < 1e6 ? ["kB", 1e3] : ["MB", 1e6]
  return `${(bytes / size).toLocaleString("en", { maximumFractionDigits: bytes < size * 10 ? 1 : 0 })} ${unit}`
}

const attach = (given, also = "") => {
  if (!here.hasApi) return say(NO_FILES)
  const { most, bytes } = compose.about.files, { draft } = compose
  const items = [...filesNow(draft)], why = also ? [also] : []
  for (const file of given) {
    const { name, size } = file
    if (size > bytes) why.push(`${name} is too large: it has ${sizeOf(size)}, and ${sizeOf(bytes)} is the most.`)
    else if (!size) why.push(`${name} is empty.`)
    else if (items.length < most) items.push({ name, size, blob: file, state: "waits", share: 0 })
    else why.push(`${name} was left out: a message takes at most ${most} files.`)
  }
  say([...why.slice(0, 3), ...(why.length > 3 ? [`And ${why.length - 3} more.`] : [])].join("\n"))
  putFiles(draft, items)
  upload()
}

const upload = () => {
  for (const item of [...attached.lists.values()].flat()) {
    if (attached.busy < AT_ONCE && item.state === "waits") put(item)
  }
}

const put = (item) => {
  const call = new XMLHttpRequest(), to = api(`users/${here.user}/files`)
  to.searchParams.set("name", item.name)
  attached.busy += 1
  Object.assign(item, { state: "moves", call, share: 0, why: "" })
  call.open("POST", to)
  const about = headers({ "Content-Type": "application/octet-stream" })
  for (const [name, value] of Object.entries(about)) call.setRequestHeader(name, value)
  call.upload.onprogress = ({ loaded, total }) => {
    item.share = loaded / total
    drawChip(item)
  }
  call.onloadend = () => {
    attached.busy -= 1
    const draft = draftOf(item)
    if (draft) uploaded(draft, item, call)
    upload()
  }
  call.send(item.blob)
  drawFiles()
}

const uploaded = (draft, item, { status, responseText }) => {
  const answer = safely(() => JSON.parse(responseText)), error = answer?.error
  const items = filesNow(draft)
  if (status < 300 && answer?.file_id) {
    const { file_id: id, name, size } = answer
    const isThere = items.some((one) => one.id === id)
    Object.assign(item, { id, name, size, blob: null, state: "done" })
    return putFiles(draft, isThere ? items.filter((one) => one !== item) : items)
  }
  const isRefused = status > 399 && status < 500
  const isTooLarge = status === 413
  if (isRefused && !error && !isTooLarge) withoutApi()
  if (status === 401) here.script("look", {})
  const mayHelp = !isRefused || [401, 408, 409, 429].includes(status)
  const otherwise = isTooLarge ? TOO_LARGE : isRefused ? NO_FILES : AWAY
  const why = error ? `${error.message} ${error.fix}`.trim() : otherwise
  Object.assign(item, { state: mayHelp ? "failed" : "refused", why })
  drawFiles()
}

const retryFile = (item) => {
  item.state = "waits"
  drawFiles()
  upload()
}

const removeFile = (item) => {
  const { draft, area } = compose, items = filesNow(draft)
  const at = items.indexOf(item)
  putFiles(draft, items.filter((one) => one !== item))
  item.call?.abort()
  const next = filesOf(draft)[Math.min(at, items.length - 2)]
  ;(next ? next.node.lastChild : area).focus()
}

const buildChip = (item) => {
  const name = make("bdi", { text: item.name })
  const state = make("small")
  const bar = make("progress", { max: 1, "aria-label": `Uploading ${item.name}` })
  const retry = make("button", { type: "button", class: "retry", text: "Retry", "aria-label": `Retry ${item.name}`,
    onclick: () => (retryFile(item), item.node.lastChild.focus()) })
  const close = make("button", { type: "button", onclick: () => removeFile(item) }, picture(CLOSE))
  item.node = make("li", { class: "chip", title: item.name },
    make("span", { class: "file" }, name, state, bar), retry, close)
  Object.assign(item.node, { name, state, bar, retry, close })
}

const drawChip = (item) => {
  if (!item.node) buildChip(item)
  const { node, state, share, why, size } = item
  const isMoving = state === "moves", hasFailed = ["failed", "refused", "gone"].includes(state)
  const part = share < 1 ? `${Math.floor(share * 100)} % of ${sizeOf(size)}` : "Being read…"
  const words = isMoving ? part : hasFailed ? why : state === "waits" ? "Waits…" : sizeOf(size)
  node.name.textContent = item.name
  if (node.state.textContent !== words) node.state.textContent = words // an alert is read out anew
  node.bar.hidden = !isMoving
  if (hasFailed) node.state.setAttribute("role", "alert")
  else node.state.removeAttribute("role")
  if (share < 1) node.bar.value = share
  else node.bar.removeAttribute("value")
  node.retry.hidden = state !== "failed"
  node.classList.toggle("bad", hasFailed)
  const does = `${isMoving || state === "waits" ? "Cancel" : "Remove"} ${item.name}`
  node.close.setAttribute("aria-label", does)
  node.close.title = does
  return node
}

const count = (items) => `${items.length} file${items.length === 1 ? "" : "s"}`

// Why it cannot be sent yet, or what goes with it.
const hintOf = (items) => {
  const open = items.filter(isOpen), bad = open.filter(({ why }) => why)
  const gone = bad.filter(({ state }) => state === "gone"), isOne = gone.length === 1
  if (gone.length) return `${count(gone)} ${isOne ? "is" : "are"} not there any more: remove ${isOne ? "it" : "them"}, then send.`
  if (bad.length) return `${count(bad)} could not be attached: retry or remove ${bad.length === 1 ? "it" : "them"}, then send.`
  if (open.length) return `${count(open)} being uploaded; it can be sent when that is done.`
  return items.length ? `${count(items)} attached.` : ""
}

const drawFiles = () => {
  if (!compose.box) return
  const { chips, hint, draft } = compose, items = filesOf(draft)
  const nodes = items.map(drawChip)
  if (nodes.length !== chips.childNodes.length || nodes.some((node, at) => node !== chips.childNodes[at])) {
    const had = chips.getRootNode().activeElement
    chips.replaceChildren(...nodes)
    if (chips.contains(had)) had.focus()
  }
  chips.hidden = !items.length
  const text = hintOf(items), isWaiting = items.some(isOpen)
  if (hint.textContent !== text) hint.textContent = text
  hint.classList.toggle("heard", !isWaiting)
  if (!isWaiting) hint.classList.remove("asked")
  drawButtons()
}

// Enter while something is not there yet.
const remind = () => {
  const { hint } = compose, text = hint.textContent
  hint.textContent = ""
  hint.classList.add("asked")
  requestAnimationFrame(() => { hint.textContent ||= text })
}

const buildFiles = () => {
  const pick = make("input", { type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true",
    onchange: () => {
      attach([...pick.files])
      pick.value = ""
      compose.area.focus()
    } })
  const hint = make("p", { class: "hint heard", role: "status", id: "hint" })
  const chips = make("ul", { class: "chips", "aria-label": "Attached files", hidden: true })
  const button = make("button", { type: "button", class: "attach", "aria-label": "Attach files",
    title: "Attach files", onclick: () => (here.hasApi ? pick.click() : here.script("attach", {})) }, picture(CLIP))
  const place = make("div", { class: "drop", popover: "manual", "aria-hidden": "true" },
    make("p", { text: "Drop files here to attach them" }))
  Object.assign(compose, { attach: button, chips, hint, place })
  return [pick, chips, hint, place]
}

// Wherever nobody takes them, the browser would leave the page for them.
const brings = ({ dataTransfer, target }) =>
  dataTransfer?.types.includes("Files") && !target.closest?.('[data-testid="stFileUploaderDropzone"]')

const takes = () => compose.box?.isConnected && !document.querySelector('[role="dialog"]')

const showPlace = (isShown) => {
  const { place } = compose
  if (place?.isConnected && place.matches(":popover-open") !== isShown) place.togglePopover()
}

addEventListener("dragover", (event) => {
  if (!brings(event)) return
  event.preventDefault()
  event.dataTransfer.dropEffect = takes() ? "copy" : "none"
  showPlace(takes())
})
addEventListener("dragleave", ({ relatedTarget }) => relatedTarget || showPlace(false))
addEventListener("drop", (event) => {
  showPlace(false)
  if (!brings(event)) return
  event.preventDefault()
  if (!takes()) return
  const given = [...event.dataTransfer.items].filter(({ kind }) => kind === "file")
  const isFolder = (one) => one.webkitGetAsEntry?.()?.isDirectory
  const hasFolder = given.some(isFolder)
  attach(given.filter((one) => !isFolder(one)).map((one) => one.getAsFile()), hasFolder ? "A folder cannot be attached: choose the files in it." : "")
})
addEventListener("paste", (event) => {
  const { files } = event.clipboardData ?? {}, text = event.clipboardData?.getData("text/plain")
  const [node] = event.composedPath()
  if (!takes() || !files?.length || (node !== compose.area && typesInto(event))) return
  // Cells and formatted words come with a picture of themselves.
  if (text && ![...files].some(({ name }) => text.includes(name))) return
  event.preventDefault()
  attach([...files])
})

// A suggestion takes along what is attached; by itself it would be sent with the pointer, alone.
const pressesStarter = (event) => {
  const starter = event.target.closest?.(".st-key-starters button")
  if (!starter || event.key === "Tab" || !filesOf(compose.draft).length) return
  event.stopImmediatePropagation()
  if (event.type === "click") sendNow(starter.innerText)
}
for (const type of ["pointerdown", "mousedown", "touchstart", "pointerup", "mouseup", "touchend", "keydown", "keyup", "click"]) {
  addEventListener(type, pressesStarter, { capture: true })
}

addEventListener("beforeunload", (event) => {
  if ([...attached.lists.values()].flat().some(({ call, state }) => call && state === "moves")) event.preventDefault()
})

listen((what) => {
  if (what === "api") drawFiles()
  if (what !== "left" && what !== "who") return
  const items = [...attached.lists.values()].flat()
  attached.lists.clear()
  for (const { call } of items) call?.abort()
  drawFiles()
})
