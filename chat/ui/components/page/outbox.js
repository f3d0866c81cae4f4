// What was sent and is not stored yet.

const RETRY = [1000, 2000, 4000, 8000]
const PATIENCE = 20000
const KEEPALIVE = 50000
const AWAY = "There is no connection to the server."

const outbox = {
  why: "",
  stored: [],
  waiting: new Map(),
  untried: new Set(), // of this page; of others nobody knows here whether they arrived
  sent: 0,
  stamp: 0,
  tries: 0,
  busy: false,
  early: {},
}

const entries = () =>
  kept.names(mine("out/")).flatMap((name) => {
    try {
      return [{ ...JSON.parse(kept.get(name)), name }]
    } catch {
      return []
    }
  })

const send = (content, files) => {
  const key = newId()
  const entry = { key, content, files, session: here.chat.id, new: here.chat.isNew ? here.fresh : null }
  outbox.untried.add(key)
  outbox.stamp = Math.max(Date.now(), outbox.stamp + 1)
  // None is before it: no order to keep.
  if (!outbox.busy && !entries().length) outbox.early = { key, fate: hand(entry) }
  kept.set(mine(`out/${outbox.stamp}-${key}`), JSON.stringify(entry))
  changed("outbox")
  deliver()
}

// Into the composer: refused, or taken back.
const returned = (entry, why, isGone = false) => {
  kept.drop(entry.name)
  const { session, content, files = [] } = entry
  const gone = idsOf(entry).filter((id) => why.includes(id))
  here.back = { session, content, files, gone, why: withNames(why, files), isGone }
  changed("back")
  changed("outbox")
  if (isGone && entry.session === here.chat.id) {
    here.isGone = true
    goTo("")
  }
}

const arrived = (entry, id) => {
  kept.drop(entry.name)
  here.begun.add(entry.session)
  outbox.sent += 1
  outbox.stored.push({ ...entry, id, sent: outbox.sent })
  changed("outbox")
  here.script("sent", { sent: outbox.sent, session: entry.session })
}

// One after the other, one tab after the other.
const deliver = async () => {
  if (outbox.busy || !here.user) return
  outbox.busy = true
  clearTimeout(outbox.again)
  try {
    if (navigator.locks) await navigator.locks.request(mine("outbox"), deliverAll)
    else await deliverAll()
  } finally {
    outbox.busy = false
  }
}

const deliverAll = async () => {
  for (let entry = entries()[0]; entry; entry = entries()[0]) {
    const { key, fate: early } = outbox.early
    outbox.early = {}
    const fate = await (key === entry.key ? early : hand(entry))
    outbox.why = fate.waits ?? ""
    if (fate.stored) arrived(entry, fate.id)
    else if (fate.refused) returned(entry, fate.refused, fate.isGone)
    else {
      changed("outbox")
      const pause = RETRY[Math.min(outbox.tries++, RETRY.length - 1)]
      outbox.again = setTimeout(deliver, fate.seconds ? fate.seconds * 1000 : pause)
      return
    }
    outbox.tries = 0
  }
}

const idsOf = ({ files }) => (files ?? []).map(({ id }) => id)

// {stored, id}, {refused: why} or {waits: why}
const hand = async (entry) => {
  const again = !outbox.untried.delete(entry.key)
  if (!here.hasApi) return handToScript(entry, again)
  const { content } = entry, file_ids = idsOf(entry)
  const about = { ...(entry.new && { new_session: entry.new }), ...(file_ids.length && { file_ids }) }
  const body = JSON.stringify({ content, ...about })
  let reply, answer
  try {
    reply = await fetch(api(`users/${here.user}/sessions/${entry.session}/messages`), {
      method: "POST",
      headers: headers({
        "Content-Type": "application/json",
        "Idempotency-Key": entry.key,
        Prefer: "respond-async",
      }),
      body,
      keepalive: body.length < KEEPALIVE,
      signal: AbortSignal.timeout(PATIENCE),
    })
    answer = await reply.json()
  } catch {
    if (!reply) return { waits: AWAY }
  }
  if (reply.ok && answer?.user) return { stored: true, id: answer.user.id }
  const error = answer?.error
  if (!error?.code) {
    if (reply.status > 499) return { waits: "The server cannot be reached." }
    withoutApi()
    return handToScript(entry, again)
  }
  if (reply.status === 401) {
    here.script("look", {})
    return { waits: "Log in again: then it is sent." }
  }
  const why = `${error.message} ${error.fix}`.trim()
  // Nobody knows when that is over: it comes back, unless an earlier try may have brought it there.
  const waits = error.code === "read_only" ? again : reply.status > 499
  return waits ? { waits: why } : { refused: why, isGone: reply.status === 404 && error.code !== "file_not_found" }
}

// Through the page's script, which answers with its next run.
const handToScript = (entry, again) =>
  new Promise((resolve) => {
    const late = setTimeout(() => {
      outbox.waiting.delete(entry.key)
      resolve({ waits: AWAY })
    }, PATIENCE)
    outbox.waiting.set(entry.key, (fate) => {
      clearTimeout(late)
      outbox.waiting.delete(entry.key)
      resolve(fate)
    })
    const { key, content, session } = entry
    here.script("post", { key, content, session, new: entry.new, files: idsOf(entry), again })
  })

const unheard = () => outbox.waiting.forEach((hear) => hear({ waits: AWAY }))

// What a run says of those that came through it, and up to which of `sent` it has drawn.
const heard = ({ fates, sent, isOther }) => {
  for (const [key, fate] of Object.entries(fates)) outbox.waiting.get(key)?.(fate)
  if (isOther) unheard() // by a server that began anew
  outbox.stored = isOther ? [] : outbox.stored.filter((one) => one.sent > sent)
  if (isOther) outbox.sent = sent
  changed("outbox")
  if (!outbox.busy && entries().length) deliver()
}

addEventListener("online", deliver)
addEventListener("storage", ({ key, newValue }) => {
  if (key === LEFT) return newValue && changed("left")
  const entry = key?.startsWith(mine("out/")) && safely(() => JSON.parse(newValue))
  if (entry) changed("elsewhere", entry)
  changed("outbox")
})
document.addEventListener("visibilitychange", () => document.hidden || deliver())
