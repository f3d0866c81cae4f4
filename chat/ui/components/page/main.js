// The parts as the page's components call them; see `components/page.py`.

window.parley = { composer, sessions, transcript, newChat }

export default function ({ setTriggerValue }) {
  here.script = setTriggerValue
  window.parleyHere?.()
}
