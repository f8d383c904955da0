// A list walked by keys: down from its field to the first row, up and down between rows, x ticks the row off.

const rows = () => [...document.querySelectorAll("[data-walk] a[data-row]")]

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return
  const goal = event.target
  const all = rows()
  if (!all.length) return
  const at = all.indexOf(goal)
  if (goal.matches("[data-walk-field]") && event.key === "ArrowDown") all[0].focus()
  else if (at < 0) return
  else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)].focus()
  else if (event.key === "ArrowUp" && at === 0) document.querySelector("[data-walk-field]")?.focus()
  else if (event.key === "ArrowUp") all[at - 1].focus()
  else if (event.key === "x") goal.closest("tr")?.querySelector("input[type=checkbox]")?.click()
  else return
  event.preventDefault()
})
