// A copy button beside a text that can be selected by hand as well.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-button]")
  if (!button) return
  const box = button.closest("[data-copy]")
  const source = box.querySelector("textarea, input, code")
  const text = source.value ?? source.textContent
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // No permission, or plain http on a local network: select it, so that one key is enough.
    source.focus()
    source.select?.()
    if (!document.execCommand("copy")) return
  }
  const label = button.querySelector("[data-copy-word]")
  if (!label || label.dataset.was) return
  label.dataset.was = label.textContent
  label.textContent = label.dataset.done
  box.dispatchEvent(new CustomEvent("copied", { bubbles: true }))
  setTimeout(() => {
    label.textContent = label.dataset.was
    delete label.dataset.was
  }, 2000)
})
