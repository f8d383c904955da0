// What is pasted goes to its own field at once; the server does the same with whatever is left when the form is saved.

const form = document.getElementById("capture")
const field = (name) => form.elements.namedItem(name)

function kindOf(text) {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return "email"
  if (/^https?:\/\/|^www\.|^[\w.-]+\.[a-z]{2,}\//i.test(text)) return "profile"
  if (/^[+(]?\d[\d\s().-]{7,}$/.test(text)) return "phone"
  return text ? "name" : null
}

if (form) {
  field("paste").addEventListener("input", (event) => {
    if (event.inputType !== "insertFromPaste" && event.inputType !== "insertFromDrop") return
    const text = event.target.value.trim()
    const kind = kindOf(text)
    const goal = kind && field(kind)
    if (!goal || goal.value) return
    goal.value = text
    goal.dispatchEvent(new Event("change", { bubbles: true }))
    event.target.value = ""
    const next = ["name", "email", "phone"].map(field).find((box) => !box.value)
    next?.focus()
  })
}
