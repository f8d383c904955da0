// Small behaviour of the desk: scheme, menus, bulk count, the name of the command key.

const root = document.documentElement

function wearsDark() {
  const own = root.dataset.scheme
  return own ? own === "dark" : matchMedia("(prefers-color-scheme: dark)").matches
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-scheme-toggle]")) {
    const scheme = wearsDark() ? "light" : "dark"
    root.dataset.scheme = scheme
    // A cookie, because the server writes the attribute: no flash of the other scheme on the next page.
    const secure = location.protocol === "https:" ? "; secure" : ""
    document.cookie = `scheme=${scheme}; path=/; max-age=31536000; samesite=lax${secure}`
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false
  }
})

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return
  const menu = event.target.closest?.("details[data-menu][open]") ?? document.querySelector("details[data-menu][open]")
  if (!menu) return
  menu.open = false
  menu.querySelector("summary").focus()
  event.stopImmediatePropagation()
})

function countChecked(scope) {
  const rows = [...scope.querySelectorAll("tbody input[type=checkbox]")]
  const checked = rows.filter((box) => box.checked).length
  const word = document.querySelector('#words')?.content.querySelector('[data-word="selected"]')?.textContent ?? ""
  for (const count of scope.querySelectorAll("[data-bulk-count]")) count.textContent = `${checked} ${word}`
  for (const all of scope.querySelectorAll("[data-check-all]")) {
    all.checked = checked > 0 && checked === rows.length
    all.indeterminate = checked > 0 && checked < rows.length
  }
}

document.addEventListener("change", (event) => {
  const scope = event.target.closest(".bulkable")
  if (!scope || event.target.type !== "checkbox") return
  if (event.target.matches("[data-check-all]")) {
    for (const box of scope.querySelectorAll("tbody input[type=checkbox]:not(:disabled)")) box.checked = event.target.checked
  }
  countChecked(scope)
})
for (const scope of document.querySelectorAll(".bulkable")) countChecked(scope)

if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("[data-mod-key]")) key.textContent = "⌘ K"
}
