// What the end of a chat does: it stays in view, and takes one message after the other.
//
// The newest text is kept in view at once; Streamlit scrolls to the end of a chat too, but as an
// animation that takes a second for a long answer. Whoever scrolls up is left alone until they come
// back to the end or open another session.

const above = (node) => node.parentElement ?? node.getRootNode().host
const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowY)

const stayAtEnd = (session, parentElement) => {
  let box = parentElement instanceof ShadowRoot ? parentElement.host : parentElement
  while (box && !scrolls(box)) box = above(box)
  if (!box) return
  const end = (box.parleyEnd ??= { stuck: true, top: 0, height: 0 })
  if (end.session !== session) end.stuck = true
  end.session = session

  const follow = () => {
    if (end.stuck) box.scrollTop = box.scrollHeight
    end.top = box.scrollTop
    end.height = box.scrollHeight
  }
  const notice = () => {
    const rest = box.scrollHeight - box.clientHeight - box.scrollTop
    if (rest < 4) end.stuck = true
    else if (box.scrollTop < end.top && box.scrollHeight === end.height) end.stuck = false
    end.top = box.scrollTop
    end.height = box.scrollHeight
  }
  end.leave?.()
  const sizes = new ResizeObserver(follow)
  for (const child of box.children) sizes.observe(child)
  box.addEventListener("scroll", notice, { passive: true })
  follow()
  end.leave = () => {
    sizes.disconnect()
    box.removeEventListener("scroll", notice)
  }
  return end.leave
}

// A message is handed over before the next one leaves the composer.
//
// Streamlit keeps only the newest value of a control that waits for a run: of two messages sent
// while a run is busy, the first would be gone. The second Enter is held back in the browser, its
// text still in the composer, until the server has taken the first; then it is sent. When the first
// could not be stored it comes back into the composer, in front of what was typed meanwhile. The
// composer is `aria-busy` as long.

const RELEASE = 15000
let COMPOSER, BUTTON
const state = { taken: null, since: null, held: false, draft: "" }
const area = () => document.querySelector(`${COMPOSER} textarea`)
const button = () => document.querySelector(BUTTON)
const waiting = () => state.since !== null && performance.now() - state.since < RELEASE

const write = (text) => {
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set
  setter.call(area(), text)
  area().dispatchEvent(new Event("input", { bubbles: true }))
}
const busy = (is) => area()?.setAttribute("aria-busy", is)
const release = (failed) => {
  const { held, draft } = state
  Object.assign(state, { since: null, held: false })
  busy(false)
  if (failed && draft) setTimeout(() => write(`${area().value}\n${draft}`), 200)
  else if (held) button()?.click()
}
const pass = (event) => {
  if (!event.target.closest?.(COMPOSER) || button()?.disabled) return
  const sends = event.type === "click"
    ? event.target.closest(BUTTON)
    : event.key === "Enter" && !event.shiftKey && !event.isComposing
  if (!sends) return
  if (!waiting()) {
    Object.assign(state, { since: performance.now(), draft: "" })
    busy(true)
    return
  }
  event.preventDefault()
  event.stopImmediatePropagation()
  state.held = true
  setTimeout(() => waiting() || release(), RELEASE)
}
const note = (event) => {
  if (event.target.closest?.(COMPOSER)) state.draft = event.target.value
}
document.addEventListener("keydown", pass, true)
document.addEventListener("click", pass, true)
document.addEventListener("input", note, true)

const oneAtATime = ({ composer, send, taken, failed }) => {
  COMPOSER = `[data-testid="${composer}"]`
  BUTTON = `${COMPOSER} [data-testid="${send}"]`
  const before = state.taken
  state.taken = taken
  if (before !== null && before !== taken) release(failed)
}

export default function ({ data, parentElement }) {
  const about = JSON.parse(new TextDecoder().decode(data))
  oneAtATime(about)
  return stayAtEnd(about.session, parentElement)
}
