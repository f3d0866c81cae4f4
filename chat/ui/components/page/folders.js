// Folders above the list; chats can be dropped on them.

const folderOf = (row) => list.about.folders.find(({ id }) => id === row.folder)
const dot = ({ colour }) => make("i", { class: `dot ${colour ?? "none"}`, "aria-hidden": "true" })

const drawFolder = (folder) => {
  const { id, name, inner } = folder
  const isChosen = list.about.filter.folder === id
  const over = ({ type, currentTarget }) => currentTarget.classList.toggle("over", type === "dragover")
  return make("span", { class: `folder ${inner ? "inner" : ""} st-key-folder-${id}`,
    ondragover: (event) => list.dragged && (event.preventDefault(), over(event)),
    ondragleave: over,
    ondrop: (event) => {
      event.preventDefault()
      over(event)
      here.script("move", { session: list.dragged, folder: id })
    } },
  make("button", { type: "button", "aria-pressed": String(isChosen),
    onclick: () => here.script("filter", { folder: isChosen ? null : id }) }, dot(folder), make("bdi", { text: name })),
  ...(id ? [make("button", { type: "button", "aria-label": `Edit folder ${name}`,
    onclick: () => here.script("folder", { folder: id }) }, picture("M4 20l1-5L16 4l4 4L9 19zM14 6l4 4"))] : []))
}

const drawFolders = () => {
  const { folders } = list.about
  const all = folders.length ? [...folders, { id: "", name: "In no folder" }] : []
  list.folders.hidden = !all.length
  list.folders.replaceChildren(list.folders.firstChild, ...all.map(drawFolder))
}

const buildFolders = () => {
  list.folders = make("details", {}, make("summary", { text: "Folders" }))
  const { options } = list
  options.addEventListener("pointerdown", ({ target, pointerType }) => {
    const option = target.closest(".option")
    if (option) option.draggable = pointerType === "mouse" && list.about.folders.length > 0
  })
  options.addEventListener("dragstart", (event) => {
    const row = rowAt(event)
    list.dragged = row.session_id
    event.dataTransfer.setData("text/plain", titleOf(row))
    setTimeout(() => { list.folders.open = true }) // once the row is taken: all below it moves
  })
  options.addEventListener("dragend", () => { list.dragged = null })
}
