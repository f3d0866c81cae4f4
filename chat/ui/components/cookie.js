const SAME = "Strict"
const AROUND = "None; Partitioned"
let done = ""

export default function ({ data }) {
  const job = new TextDecoder().decode(data)
  if (job === done) return
  done = job
  const { name, value, seconds } = JSON.parse(job)
  const over = seconds <= 0
  if (!over || document.cookie.split("; ").includes(`${name}=${value}`)) {
    const secure = location.protocol === "https:" ? "; Secure" : ""
    // In a frame it is kept for the site around it; only there may it come along. What is dropped in
    // a frame of the same site may have been kept either way.
    const framed = secure && window !== window.top
    const sites = over && secure ? [SAME, AROUND] : [framed ? AROUND : SAME]
    for (const site of sites) {
      document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=${site}${secure}`
    }
  }
  if (over) location.replace(new URL(".", location.href))
}
