// Which files each draft has.
//
// What is uploaded is kept with the draft of its chat; what is on its way is only in memory.

const GONE = "It is not there any more."
const attached = { lists: new Map(), busy: 0 }

const whereKept = (draft) => draft.replace("/draft/", "/files/")

const keptFiles = (draft) =>
  (safely(() => JSON.parse(kept.get(whereKept(draft)))) ?? []).map((one) => ({ ...one, state: "done" }))

const filesOf = (draft) => {
  if (!draft) return []
  if (!attached.lists.has(draft)) attached.lists.set(draft, keptFiles(draft))
  return attached.lists.get(draft)
}

const isOpen = ({ state }) => state !== "done"

const asKept = (items) => items.filter(({ id }) => id).map(({ id, name, size }) => ({ id, name, size }))

const keepFiles = (draft) => {
  const done = asKept(filesOf(draft))
  if (done.length) kept.set(whereKept(draft), JSON.stringify(done))
  else kept.drop(whereKept(draft))
}

const putFiles = (draft, items) => {
  attached.lists.set(draft, items)
  keepFiles(draft)
  drawFiles()
}

const joinFiles = (draft, more) => {
  const items = filesNow(draft)
  const isNew = ({ id }) => !items.some((one) => one.id && one.id === id)
  putFiles(draft, [...items, ...more.filter(isNew)])
}

const addFiles = (draft, more) => joinFiles(draft, more.map((one) => ({ ...one, state: "done" })))

// This tab's go from there; those of another one stay there for it.
const leaveFiles = (draft) => {
  const own = filesOf(draft)
  attached.lists.set(draft, keptFiles(draft).filter(({ id }) => !own.some((one) => one.id === id)))
  keepFiles(draft)
  attached.lists.set(draft, [])
  drawFiles()
}

const moveFiles = (from, to) => {
  const moved = filesOf(from)
  leaveFiles(from)
  joinFiles(to, moved) // the same items: what is on its way ends in them
}

// Another tab may have changed what is kept: looked at before each change here.
const filesNow = (draft) => {
  const had = filesOf(draft), there = keptFiles(draft)
  const isIn = (items) => ({ id }) => items.some((one) => one.id === id)
  const now = [...had.filter((one) => !one.id || isIn(there)(one)), ...there.filter((one) => !isIn(had)(one))]
  if (draft) attached.lists.set(draft, now)
  return now
}

const lookUpFiles = (draft) => {
  filesNow(draft)
  checkFiles(draft)
}

// They went with a message of another tab, which has written down what is left.
const dropSent = (draft, ids) => {
  attached.lists.set(draft, filesOf(draft).filter(({ id }) => !ids.includes(id)))
  drawFiles()
}

const markGone = (draft, isGone) => {
  for (const item of filesOf(draft)) {
    if (item.id && isGone(item)) Object.assign(item, { state: "gone", why: GONE })
  }
  drawFiles()
}

// What nobody sends goes after a day, or was deleted.
const checkFiles = async (draft) => {
  const gone = new Set()
  await Promise.all(filesOf(draft).filter(({ id }) => id && here.hasApi).map(async ({ id }) => {
    const about = { headers: headers({ "If-None-Match": "*" }) } // no bytes of what is there
    const reply = await fetch(api(`users/${here.user}/files/${id}`), about)
    if (reply.status === 404 && (await reply.json()).error.code === "file_not_found") gone.add(id)
  }).map((look) => look.catch(() => {}))) // what cannot be known now is seen when it is sent
  if (gone.size) markGone(draft, ({ id }) => gone.has(id))
}

// What a refusal says, with names for ids.
const withNames = (why, files) => files.reduce((text, { id, name }) => text.replaceAll(id, () => name), why)

const draftOf = (item) => [...attached.lists].find(([, items]) => items.includes(item))?.[0]
