// Keeps the newest text in view, at once. Streamlit scrolls to the end of a chat too, but as an
// animation that takes a second for a long answer. Whoever scrolls up is left alone until they come
// back to the end or open another session.

const above = (node) => node.parentElement ?? node.getRootNode().host
const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowY)

export default function ({ data, parentElement }) {
  let area = parentElement instanceof ShadowRoot ? parentElement.host : parentElement
  while (area && !scrolls(area)) area = above(area)
  if (!area) return
  const state = (area.parleyEnd ??= { stuck: true, top: 0, height: 0 })
  const session = new TextDecoder().decode(data)
  if (state.session !== session) state.stuck = true
  state.session = session

  const follow = () => {
    if (state.stuck) area.scrollTop = area.scrollHeight
    state.top = area.scrollTop
    state.height = area.scrollHeight
  }
  const notice = () => {
    const rest = area.scrollHeight - area.clientHeight - area.scrollTop
    if (rest < 4) state.stuck = true
    else if (area.scrollTop < state.top && area.scrollHeight === state.height) state.stuck = false
    state.top = area.scrollTop
    state.height = area.scrollHeight
  }
  state.leave?.()
  const sizes = new ResizeObserver(follow)
  for (const child of area.children) sizes.observe(child)
  area.addEventListener("scroll", notice, { passive: true })
  follow()
  state.leave = () => {
    sizes.disconnect()
    area.removeEventListener("scroll", notice)
  }
  return state.leave
}
