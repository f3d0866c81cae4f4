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

export default function ({ data }) {
  const [composer, send, taken, failed] = new TextDecoder().decode(data).split(" ")
  COMPOSER = `[data-testid="${composer}"]`
  BUTTON = `${COMPOSER} [data-testid="${send}"]`
  const before = state.taken
  state.taken = taken
  if (before !== null && before !== taken) release(failed)
}
