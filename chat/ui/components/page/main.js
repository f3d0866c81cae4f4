// The parts, as `components/page.py` calls them.

window.parleyParts = { composer, sessions, transcript, newChat }

export default function ({ setTriggerValue }) {
  here.script = (name, value) => {
    // Streamlit's timer for it would wait until a frame is painted.
    const { setTimeout } = window
    window.setTimeout = (call, ms) => (ms ? setTimeout(call, ms) : queueMicrotask(call))
    try {
      setTriggerValue(name, value)
    } finally {
      window.setTimeout = setTimeout
    }
  }
  window.parleyHere?.()
}
