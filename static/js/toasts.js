// Toasts: those the server rendered, those htmx answers ask for, and those other modules announce with a `toast` event.

const LINGER = 6000
const LINGER_WITH_UNDO = 12000
const region = document.getElementById("toasts")
const word = (name) => document.getElementById("words")?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? ""

function icon(name) {
  const href = document.getElementById("icon-source")?.dataset.href
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use")
  use.setAttribute("href", `${href}#${name}`)
  svg.append(use)
  return svg
}

function leaveLater(toast) {
  // What went wrong stays until it is dismissed: a reader may be slow, or not looking.
  if (toast.dataset.timed || toast.matches(".toast--danger, .toast--error")) return
  toast.dataset.timed = "1"
  const wait = toast.querySelector("form") ? LINGER_WITH_UNDO : LINGER
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000)
    else toast.remove()
  }
  setTimeout(leave, wait)
}

function show(text, kind = "info") {
  const toast = document.createElement("div")
  toast.className = `toast toast--${kind}`
  toast.dataset.toast = ""
  const line = document.createElement("p")
  line.className = "toast__text"
  line.textContent = text
  const close = document.createElement("button")
  close.type = "button"
  close.dataset.toastClose = ""
  close.setAttribute("aria-label", word("dismiss"))
  close.append(icon("close"))
  toast.append(icon({ ok: "check", danger: "alert" }[kind] ?? "info"), line, close)
  region.append(toast)
}

if (region) {
  for (const toast of region.querySelectorAll("[data-toast]")) leaveLater(toast)
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) leaveLater(node)
  }).observe(region, { childList: true })
  document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove())
  document.addEventListener("toast", (event) => show(event.detail.text ?? event.detail.value, event.detail.kind))
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.target.closest("[data-quiet]")) show(word("failed"), "danger")
  })
  document.addEventListener("htmx:sendError", (event) => {
    if (!event.target.closest("[data-quiet]")) show(word("offline"), "danger")
  })
}
