// Single keys and sequences from data-key attributes, and a sheet that lists what the page has.

const PAUSE = 900
let begun = ""
let timer = 0

const word = (name) => document.getElementById("words")?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? ""
const shown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null

function bound() {
  const found = new Map()
  for (const element of document.querySelectorAll("[data-key]")) {
    const key = element.dataset.key
    // Rail and search are hidden on a phone, yet a keyboard may be attached: their keys stay.
    if (!found.has(key) && (shown(element) || element.closest(".rail, .topbar"))) found.set(key, element)
  }
  return found
}

function press(element) {
  if (element.matches("input, select, textarea")) {
    element.focus()
    element.select?.()
  } else {
    element.click()
    // A fold that a key opens is opened to be typed in.
    const fold = element.matches("summary") ? element.parentElement : null
    if (fold?.open) fold.querySelector(":is(textarea, select, input:not([type=hidden]))")?.focus()
  }
}

function sheet() {
  const dialog = document.getElementById("keys")
  if (!dialog || dialog.open) return
  const rows = [...bound()].map(([key, element]) => [key, element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim().replace(/\s+/g, " ")])
  rows.push(["Ctrl/⌘ K", word("palette")], ["?", word("keys")])
  if (document.querySelector("[data-board]")) rows.push(["← ↑ ↓ →", word("walk")], ["Shift ← →", word("move")], ["m", word("next")])
  // What an open panel has under the same key is named there already.
  const taken = new Set(rows.map(([key]) => key))
  if (document.querySelector("[data-card]")) {
    for (const one of document.getElementById("words")?.content.querySelectorAll("[data-card-key]") ?? []) {
      if (!taken.has(one.dataset.cardKey)) rows.push([one.dataset.cardKey, one.textContent])
    }
  }
  if (document.getElementById("panel")?.childElementCount) rows.push(["Esc", word("close")])
  dialog.querySelector(".keys__list").replaceChildren(
    ...rows.map(([key, label]) => {
      const row = document.createElement("div")
      const name = document.createElement("dt")
      name.textContent = label
      const keys = document.createElement("dd")
      key.split(" ").forEach((part, place) => {
        if (place) keys.append(" ")
        const cap = document.createElement("kbd")
        cap.textContent = part
        keys.append(cap)
      })
      row.append(name, keys)
      return row
    }),
  )
  dialog.showModal()
}

document.addEventListener("click", (event) => {
  const dialog = document.getElementById("keys")
  if (event.target === dialog) dialog.close()
  if (event.target.closest("[data-keys-open]")) sheet()
})

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return
  if (document.querySelector("dialog[open]")) return
  const goal = event.target
  if (goal.isContentEditable || goal.matches?.("input:not([type=checkbox], [type=radio]), textarea, select")) return
  if (event.key.length !== 1) return
  if (event.key === "?") {
    event.preventDefault()
    return sheet()
  }
  const all = bound()
  const typed = begun ? `${begun} ${event.key}` : event.key
  clearTimeout(timer)
  begun = ""
  const hit = all.get(typed)
  if (hit) {
    event.preventDefault()
    return press(hit)
  }
  if ([...all.keys()].some((key) => key.startsWith(`${typed} `))) {
    begun = typed
    timer = setTimeout(() => (begun = ""), PAUSE)
  }
})
