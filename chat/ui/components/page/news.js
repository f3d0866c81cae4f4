// News of this person's chats: one connection for all their tabs.
//
// A tab that nobody sees has none, and catches up when it is looked at. Who has the lock reads, and
// tells the others.

const QUIET = 2000
const news = { others: null, stop: null, last: "", pause: 1000 }

const told = (item, mineToo = true) => {
  if (item.id) news.last = item.id
  if (mineToo) news.others?.postMessage(item)
  if (!document.hidden) changed("news", item)
}

const begin = () => {
  if (news.stop || document.hidden || !here.user) return
  // A page that loads comes first; each run says up to where it knew.
  if (performance.now() < QUIET) return void setTimeout(begin, QUIET)
  const ended = new AbortController()
  news.stop = () => {
    ended.abort()
    news.stop = null
  }
  const lock = navigator.locks ? navigator.locks.request.bind(navigator.locks) : lease
  lock(mine("news"), { signal: ended.signal }, () => listenOn(ended.signal)).catch(() => {})
}

// Without locks, as on plain http, whoever wrote last and is alive has it.
const lease = async (name, { signal }, work) => {
  const me = newId()
  const isMine = () => kept.get(name)?.startsWith(me)
  const hold = () => kept.set(name, `${me} ${Date.now() + 4000}`)
  while (!isMine()) {
    if (signal.aborted) return
    if (!(kept.get(name)?.split(" ")[1] > Date.now())) hold()
    await later(500 + Math.random() * 500)
  }
  const beat = setInterval(hold, 1500)
  signal.addEventListener("abort", () => (clearInterval(beat), kept.drop(name)))
  await work()
}

const listenOn = async (signal) => {
  while (!signal.aborted && here.hasApi) {
    try {
      const reply = await fetch(api("users/me/news"), {
        headers: headers({ Accept: "text/event-stream", ...(news.last && { "Last-Event-ID": news.last }) }),
        signal,
      })
      if (reply.status === 401) {
        news.stop?.() // until the page is drawn again
        return void told({ type: "login" })
      }
      if (!/event-stream/.test(reply.headers.get("content-type"))) {
        if (reply.status > 499) throw new Error("not now")
        withoutApi()
        return
      }
      news.pause = 1000
      await read(reply.body.pipeThrough(new TextDecoderStream()).getReader())
    } catch { /* a cut: tried again */ }
    if (signal.aborted) return
    await later(news.pause)
    news.pause = Math.min(news.pause * 2, 15000)
  }
}

const read = async (reader) => {
  let rest = ""
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const blocks = (rest + value).split("\n\n")
    rest = blocks.pop()
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split("\n").map((line) => [line.split(":")[0], line.slice(line.indexOf(":") + 2)]))
      if (fields.data) told({ ...JSON.parse(fields.data), id: fields.id })
    }
  }
}

setInterval(() => here.hasApi || document.hidden || look(), 10000)
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return news.stop?.()
  begin()
  if (here.user) look() // whatever happened meanwhile
})

listen((what) => {
  if (what !== "who") return
  news.stop?.()
  news.others?.close()
  news.others = new BroadcastChannel(mine("news"))
  news.others.onmessage = ({ data }) => told(data, false)
  begin()
})
