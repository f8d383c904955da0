// The side panel: focus goes in when it opens, Esc and the close link empty it without leaving the page.

const panel = document.getElementById("panel")
let opener = null

function close() {
  const link = panel.querySelector("[data-panel-close]")
  if (!link) return false
  const goal = link.href
  panel.replaceChildren()
  if (goal !== location.href) history.pushState({ htmx: true }, "", goal)
  for (const current of document.querySelectorAll("[data-card] [aria-current]")) current.removeAttribute("aria-current")
  const back = opener?.id ? document.getElementById(opener.id)?.querySelector(".card__name") : opener?.element
  if (back?.isConnected) back.focus()
  opener = null
  return true
}

if (panel) {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target !== panel || panel.contains(event.target)) return
    const card = event.target.closest("[data-card]")
    opener = { id: card?.id, element: event.target }
  })
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== panel) return
    for (const current of document.querySelectorAll("[data-card] [aria-current]")) current.removeAttribute("aria-current")
    if (opener?.id) document.getElementById(opener.id)?.querySelector(".card__name")?.setAttribute("aria-current", "true")
    // What was asked for by a key is ready to be typed in.
    const now = panel.querySelector("[data-now]")
    if (now) return now.querySelector(now.dataset.now || ":is(textarea, select, input:not([type=hidden]))")?.focus()
    if (!panel.contains(document.activeElement)) panel.querySelector(".panel__title")?.focus({ preventScroll: true })
  })
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest("[data-panel-close]")) return
    event.preventDefault()
    close()
  })
  // Enter sends a short box; on a phone it makes a new line, as people expect there.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches?.("[data-enter]")) return
    if (!matchMedia("(any-pointer: fine)").matches) return
    event.preventDefault()
    event.target.form?.requestSubmit()
  })
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return
    if (event.target.matches("input, textarea, select") && panel.contains(event.target)) return event.target.blur()
    if (close()) event.preventDefault()
  })
}
