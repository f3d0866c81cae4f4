export default (c) => {
  c.parentElement.querySelector("input").onchange = async ({ target: t }) => {
    const o = JSON.parse(new TextDecoder().decode(c.data))
    t.disabled = o.body = t.files[0]
    const said = (r) => (/json/.test(r.headers.get("Content-Type")) ? r.text() : r.status)
    c.setTriggerValue("sent", await fetch(o.to, o).then(said, String))
  }
}
