// Chosen cards stay chosen when the board is drawn anew, and the number beside the act stays right.

const page = document.querySelector(".boardpage")
const chosen = new Set()
let ended = false

function count() {
  const word = document.getElementById("words")?.content.querySelector('[data-word="selected"]')?.textContent ?? ""
  for (const number of page.querySelectorAll("[data-bulk-count]")) number.textContent = `${chosen.size} ${word}`
}

function restore() {
  const here = new Set()
  for (const box of page.querySelectorAll(".card__pick")) {
    here.add(box.value)
    box.checked = chosen.has(box.value)
  }
  for (const value of chosen) if (!here.has(value)) chosen.delete(value)
  const fold = page.querySelector("#ended")
  if (fold) fold.open = ended
  count()
}

if (page) {
  for (const box of page.querySelectorAll(".card__pick:checked")) chosen.add(box.value)
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".card__pick")) return
    if (event.target.checked) chosen.add(event.target.value)
    else chosen.delete(event.target.value)
    count()
  })
  page.addEventListener("click", (event) => {
    if (!event.target.closest("[data-choose-none]")) return
    chosen.clear()
    restore()
  })
  page.addEventListener("toggle", (event) => {
    if (event.target.id === "ended" && event.target.isConnected) ended = event.target.open
  }, true)
  // A swap replaces the board itself; a move replaces it too.
  new MutationObserver(restore).observe(page, { childList: true })
  count()
}
