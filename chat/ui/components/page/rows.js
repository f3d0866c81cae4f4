// A row of the list of chats, and what is said of it.

const MARKS = {
  asks: ["?", "asks you something"],
  answering: ["●", "is being answered"],
  unread: ["●", "has a new answer"],
  pinned: ["M14 4l6 6-4 1-4 4-1 5-7-7 5-1 4-4z", "is pinned"],
  bookmarked: ["M7 4h10v16l-5-4-5 4z", "has bookmarks"],
  files: [CLIP, "has files"],
}
const titleOf = (row) => row.title || "New chat"

const AGO = [[3600, "minute", 60], [86400, "hour", 3600], [2678400, "day", 86400]]
const ago = (moment) => {
  const seconds = (Date.now() - Date.parse(moment)) / 1000
  if (seconds < 60) return "just now"
  const [, unit, size] = AGO.find(([most]) => seconds < most) ?? []
  const count = Math.floor(seconds / size)
  return unit ? `${count} ${unit}${count === 1 ? "" : "s"} ago` : moment.slice(0, 10)
}

const GROUPS = [[0, "Today"], [1, "Yesterday"], [7, "Previous 7 days"], [30, "Previous 30 days"]]
const groupOf = (row) => {
  if (row.group) return row.group
  if (row.pinned) return "Pinned"
  const day = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86400000
  const days = day(new Date()) - day(new Date(row.last_activity_at))
  return GROUPS.find(([most]) => days <= most)?.[1] ?? "Older"
}

const drawMark = (kind) => {
  const [shape] = MARKS[kind]
  return shape.length > 1 ? picture(shape) : make("i", { class: kind, "aria-hidden": "true", text: shape })
}

const goes = ({ expires_at, pinned }) => {
  const days = Math.ceil((Date.parse(expires_at) - Date.now()) / 86400000)
  return !pinned && expires_at && (days > 1 ? `goes in ${days} days` : "goes within a day")
}

const drawRow = (row) => {
  const folder = folderOf(row)
  const marks = Object.keys(MARKS).filter((kind) => row[kind])
  const count = `${row.message_count} message${row.message_count === 1 ? "" : "s"}`
  const about = [list.about.personas[row.persona], count, ...marks.map((kind) => MARKS[kind][1]), goes(row),
    folder && `in ${folder.name}`, ...row.tags.map((tag) => `#${tag}`)].filter(Boolean)
  return make("div", {
    class: `option st-key-open-${row.session_id}`, role: "option", id: `row-${row.session_id}`,
    title: `${titleOf(row)}\n${about.join(", ")}`,
    "aria-label": titleOf(row), "aria-describedby": `preview-${row.session_id} about-${row.session_id}`,
  },
  make("span", { class: "title" }, ...(folder ? [dot(folder)] : []), make("bdi", { text: titleOf(row) }), ...marks.map(drawMark)),
  make("span", { class: "preview" }, make("bdi", { id: `preview-${row.session_id}`, text: row.preview }),
    make("time", { datetime: row.last_activity_at, text: ago(row.last_activity_at) })),
  make("span", { class: "about", id: `about-${row.session_id}`, text: about.join(", ") }))
}
