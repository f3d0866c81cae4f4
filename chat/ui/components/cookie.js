let done = ""

export default function ({ data }) {
  const job = new TextDecoder().decode(data)
  if (job === done) return
  done = job
  const { name, value, seconds } = JSON.parse(job)
  const over = seconds <= 0
  if (!over || document.cookie.split("; ").includes(`${name}=${value}`)) {
    const secure = location.protocol === "https:" ? "; Secure" : ""
    document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Strict${secure}`
  }
  if (over) location.replace(new URL(".", location.href))
}
