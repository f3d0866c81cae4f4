let done = ""

export default function ({ data }) {
  const job = new TextDecoder().decode(data)
  if (job === done) return
  done = job
  const { name, value, seconds } = JSON.parse(job)
  const over = seconds <= 0
  if (!over || document.cookie.split("; ").includes(`${name}=${value}`)) {
    const secure = location.protocol === "https:" ? "; Secure" : ""
    // In a frame it is kept for the site around it; only there may it come along.
    const site = secure && window !== window.top ? "None; Partitioned" : "Strict"
    document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=${site}${secure}`
  }
  if (over) location.replace(new URL(".", location.href))
}
