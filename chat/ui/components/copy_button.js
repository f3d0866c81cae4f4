export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.onclick = async () => {
    if (!(await copied(new TextDecoder().decode(data)))) return
    button.classList.add("copied")
    clearTimeout(button.timer)
    button.timer = setTimeout(() => button.classList.remove("copied"), 2000)
  }
  return () => clearTimeout(button.timer)
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Over plain http (not localhost) there is no navigator.clipboard.
    const area = document.createElement("textarea")
    area.value = text
    area.style.position = "fixed"
    area.style.opacity = "0"
    const before = document.activeElement
    document.body.append(area)
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    before?.focus?.()
    return done
  }
}
