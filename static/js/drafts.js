// Writing a template: placeholders go in at the cursor, a problem leads to its line, the preview follows what is saved.

const page = document.querySelector("[data-drafting]")
const form = document.getElementById("editor")
const frame = page?.querySelector("[data-frame]")
let field = document.getElementById("id_body")
let typed = 0
let saved = 0

function say(text) {
  const word = document.getElementById("saved")
  if (word) word.textContent = text
}

function insert(text) {
  const start = field.selectionStart ?? field.value.length
  field.focus()
  field.setRangeText(text, start, field.selectionEnd ?? start, "end")
  field.dispatchEvent(new Event("input", { bubbles: true }))
}

function goTo(part, number) {
  const target = document.getElementById(part)
  const lines = target.value.split("\n")
  const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0)
  target.focus()
  target.setSelectionRange(start, start + (lines[number - 1] ?? "").length)
  // A text area scrolls to its cursor by itself only when somebody types.
  if (target.tagName === "TEXTAREA") target.scrollTop = (target.scrollHeight * (number - 3)) / lines.length
}

function show(address) {
  const here = frame.contentWindow
  const top = here?.scrollY ?? 0
  frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, top), { once: true })
  // Not `src`, which would make every save a step of the Back button.
  here.location.replace(address)
}

if (page) {
  page.addEventListener("focusin", (event) => {
    if (event.target.matches("#id_subject_line, #id_body, #id_short")) field = event.target
  })
  page.addEventListener("click", (event) => {
    const name = event.target.closest("[data-insert]")
    if (name) insert(name.dataset.insert)
    const line = event.target.closest("[data-line]:is(button)")
    if (line) goTo(line.dataset.part, Number(line.dataset.line))
  })
  form.addEventListener("input", () => {
    typed += 1
    say(form.dataset.saving)
  })
  form.addEventListener("htmx:beforeRequest", () => {
    form.dataset.sent = typed
  })
  form.addEventListener("submit", () => {
    saved = typed
  })
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "checked") return
    saved = Number(form.dataset.sent)
    const checked = event.target.querySelector("[data-checked]")
    if (checked) show(checked.dataset.preview)
  })
  for (const failed of ["htmx:sendError", "htmx:responseError"])
    form.addEventListener(failed, () => say(form.dataset.failed))
  addEventListener("beforeunload", (event) => {
    if (typed > saved) event.preventDefault()
  })
}
