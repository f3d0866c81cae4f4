export default (c) => {
  c.parentElement.querySelector("input").onchange = async ({ target: t }) => {
    const o = JSON.parse(new TextDecoder().decode(c.data))
    t.disabled = o.body = t.files[0]
    c.setTriggerValue("sent", await fetch(o.to, o).then((r) => r.text(), String))
  }
}
