// The board: walk it with arrows, move a card by mouse, by long press or by keys.
// Everything is delegated from the document, because the board is swapped while people work.

const LONG_PRESS = 320
const SLOP = 6
const EDGE = 48

const word = (name) => document.getElementById("words")?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? ""
const board = () => document.querySelector("[data-board]")
const columns = () => [...(board()?.querySelectorAll(".board__column") ?? [])]
const cards = (column) => [...column.querySelectorAll("[data-card]")]
const nameOf = (card) => card.querySelector(".card__name")
const toast = (text, kind) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }))

function recount() {
  for (const column of columns()) {
    const count = column.querySelector(".board__head .count")
    // A server that pages a column writes data-total; then the drawn cards are not the count.
    if (count && !count.hasAttribute("data-total")) count.textContent = cards(column).length
  }
}

// ---- focus and scroll survive a swap

let kept = null

function keep() {
  const active = document.activeElement?.closest?.("[data-card]")
  kept = {
    id: active?.id,
    left: board()?.scrollLeft ?? 0,
    tops: new Map(columns().map((column) => [column.dataset.stage, column.querySelector(".board__list")?.scrollTop ?? 0])),
    open: document.querySelector("[data-card] [aria-current]")?.closest("[data-card]")?.id,
  }
}

function restore() {
  if (!kept || !board()) return
  board().scrollLeft = kept.left
  for (const column of columns()) {
    const list = column.querySelector(".board__list")
    if (list) list.scrollTop = kept.tops.get(column.dataset.stage) ?? 0
  }
  if (kept.open) nameOf(document.getElementById(kept.open) ?? document.createElement("i"))?.setAttribute("aria-current", "true")
  const lost = document.activeElement === document.body || document.activeElement === null
  if (kept.id && lost) nameOf(document.getElementById(kept.id) ?? document.createElement("i"))?.focus({ preventScroll: true })
  kept = null
}

const touchesBoard = (target) => target && board() && (target.contains(board()) || board().contains(target))

document.addEventListener("htmx:beforeSwap", (event) => {
  if ((drag || moving) && touchesBoard(event.detail.target)) event.detail.shouldSwap = false
})
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (!touchesBoard(event.detail.target)) return
  if (drag || moving) event.detail.shouldSwap = false
  else keep()
})
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.shouldSwap && touchesBoard(event.detail.target)) keep()
})
document.addEventListener("htmx:oobAfterSwap", restore)
document.addEventListener("htmx:afterSwap", restore)

// ---- moving a card

let moving = 0

function place(card, stage, before = null) {
  const list = columns().find((column) => column.dataset.stage === stage)?.querySelector(".board__list")
  if (!list) return
  list.insertBefore(card, before)
  card.dataset.stage = stage
  recount()
}

function take(html) {
  const holder = document.createElement("template")
  holder.innerHTML = html
  keep()
  for (const fresh of [...holder.content.children]) {
    const old = fresh.id && document.getElementById(fresh.id)
    if (!old) continue
    fresh.removeAttribute("hx-swap-oob")
    // A card that comes back alone says by its data-stage in which column it belongs now.
    const stage = fresh.matches("[data-card]") ? fresh.dataset.stage : null
    old.replaceWith(fresh)
    if (stage && fresh.closest(".board__column")?.dataset.stage !== stage) place(fresh, stage)
    window.htmx?.process(fresh)
  }
  recount()
  restore()
}

async function sentence(answer) {
  const text = await answer.text()
  if (!/^\s*</.test(text)) return text.trim()
  const page = new DOMParser().parseFromString(text, "text/html")
  return (page.querySelector(".toast__text, .note__body, main p") ?? page.body).textContent.trim().replace(/\s+/g, " ")
}

async function move(card, stage) {
  const from = card.dataset.stage
  if (stage === from || card.hasAttribute("data-locked") || card.classList.contains("card--busy")) return
  const home = card.nextElementSibling
  const focused = card.contains(document.activeElement)
  place(card, stage, columns().find((column) => column.dataset.stage === stage)?.querySelector("[data-card]"))
  card.classList.add("card--busy")
  if (focused) nameOf(card)?.focus()
  card.scrollIntoView({ block: "nearest", inline: "nearest" })
  moving += 1
  const goBack = () => {
    const now = document.getElementById(card.id) ?? card
    now.classList.remove("card--busy")
    place(now, from, home?.isConnected && home.closest(".board__column")?.dataset.stage === from ? home : null)
    if (focused) nameOf(now)?.focus()
  }
  try {
    const answer = await fetch(card.dataset.moveUrl, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        "HX-Request": "true",
        "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "",
      },
      body: new URLSearchParams({ to: stage }),
    })
    if (answer.status === 409 || answer.status === 422) {
      goBack()
      toast((await sentence(answer)) || word("failed"), "danger")
      // The server asks for more than a drag can say: the panel has the form.
      const ask = answer.headers.get("X-Panel")
      if (ask) window.htmx?.ajax("GET", ask, "#panel")
    } else if (!answer.ok || answer.redirected) {
      goBack()
      toast(word("failed"), "danger")
    } else {
      card.classList.remove("card--busy")
      const heading = columns().find((column) => column.dataset.stage === stage)?.querySelector("h2")?.textContent
      const say = document.getElementById("announce")
      if (say) say.textContent = `${nameOf(card)?.textContent.trim()}: ${word("moved")} ${heading}`
      if (answer.status !== 204) take(await answer.text())
      const trigger = answer.headers.get("HX-Trigger")
      if (trigger?.startsWith("{")) {
        for (const [name, detail] of Object.entries(JSON.parse(trigger))) document.dispatchEvent(new CustomEvent(name, { detail }))
      }
    }
  } catch {
    goBack()
    toast(word("offline"), "danger")
  } finally {
    moving -= 1
  }
}

function step(card, by) {
  const all = columns()
  const at = all.indexOf(card.closest(".board__column"))
  const goal = all[at + by]
  if (goal) move(card, goal.dataset.stage)
}

// ---- keys

function walk(card, key) {
  const all = columns()
  const column = card.closest(".board__column")
  const inColumn = cards(column)
  const row = inColumn.indexOf(card)
  if (key === "ArrowDown" || key === "ArrowUp") return inColumn[row + (key === "ArrowDown" ? 1 : -1)]
  const by = key === "ArrowRight" ? 1 : -1
  for (let at = all.indexOf(column) + by; all[at]; at += by) {
    const there = cards(all[at])
    if (there.length) return there[Math.min(row, there.length - 1)]
  }
  return null
}

// Before the page's own keys: with the focus on a card, a key is about that card and not about an open panel.
document.addEventListener("keydown", (event) => {
  if (drag?.lifted && event.key === "Escape") {
    event.preventDefault()
    return drop(false)
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const card = event.target.closest?.("[data-card]")
  if (!card || event.target.matches("input, textarea, select")) return
  if (event.shiftKey && (event.key === "ArrowRight" || event.key === "ArrowLeft")) step(card, event.key === "ArrowRight" ? 1 : -1)
  else if (!event.shiftKey && event.key === "m") step(card, 1)
  else if (!event.shiftKey && event.key in ACTS) act(card, event.key)
  else if (!event.shiftKey && event.key === "h") location.assign(card.dataset.historyUrl)
  else if (!event.shiftKey && event.key.startsWith("Arrow")) {
    const next = walk(card, event.key)
    nameOf(next ?? card)?.focus()
    next?.scrollIntoView({ block: "nearest", inline: "nearest" })
  } else return
  event.preventDefault()
  event.stopPropagation()
}, { capture: true })

// Acts on the card that has the focus: the panel opens with what is to be typed, or the page of what happened.
const ACTS = { c: "way=call", w: "way=note", d: "way=task", x: "to=rejected" }

function act(card, key) {
  // A card on its way to another stage is drawn anew first.
  if (moving) return setTimeout(() => act(document.getElementById(card.id) ?? card, key), 50)
  const name = nameOf(card)
  const url = name?.getAttribute("hx-get")
  if (url) window.htmx?.ajax("GET", `${url}${url.includes("?") ? "&" : "?"}${ACTS[key]}`, { source: name, target: "#panel" })
}

// ---- dragging, by mouse after a few pixels, by touch after a long press

let drag = null

function lift() {
  const { card } = drag
  const box = card.getBoundingClientRect()
  drag.lifted = true
  drag.dx = drag.x - box.left
  drag.dy = drag.y - box.top
  drag.ghost = card.cloneNode(true)
  drag.ghost.removeAttribute("id")
  drag.ghost.setAttribute("aria-hidden", "true")
  drag.ghost.classList.add("card--ghost")
  drag.ghost.style.width = `${box.width}px`
  document.body.append(drag.ghost)
  card.classList.add("card--lifted")
  document.documentElement.classList.add("dragging")
  navigator.vibrate?.(12)
  follow()
  requestAnimationFrame(roll)
}

function follow() {
  drag.ghost.style.transform = `translate(${drag.x - drag.dx}px, ${drag.y - drag.dy}px)`
  const over = document.elementFromPoint(drag.x, drag.y)?.closest(".board__column") ?? null
  if (over === drag.over) return
  drag.over?.classList.remove("board__column--over")
  drag.over = over
  if (over && over.dataset.stage !== drag.card.dataset.stage) over.classList.add("board__column--over")
}

function roll() {
  if (!drag?.lifted) return
  const scroller = board()
  const box = scroller?.getBoundingClientRect()
  if (box) {
    if (drag.x > Math.min(box.right, innerWidth) - EDGE) scroller.scrollLeft += 10
    if (drag.x < Math.max(box.left, 0) + EDGE) scroller.scrollLeft -= 10
    follow()
  }
  requestAnimationFrame(roll)
}

function drop(done) {
  if (!drag) return
  clearTimeout(drag.timer)
  const { card, over, lifted, ghost } = drag
  drag = null
  if (!lifted) return
  ghost.remove()
  card.classList.remove("card--lifted")
  over?.classList.remove("board__column--over")
  document.documentElement.classList.remove("dragging")
  // The click that ends a drag must not open the card.
  const swallow = (event) => {
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  addEventListener("click", swallow, { capture: true, once: true })
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50)
  if (done && over && card.isConnected) move(card, over.dataset.stage)
}

document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.("[data-card]")
  if (!card || !card.closest("[data-board]") || card.hasAttribute("data-locked") || event.button !== 0 || event.target.closest("button, .button, details, input, select")) return
  drag = { card, x: event.clientX, y: event.clientY, x0: event.clientX, y0: event.clientY, touch: event.pointerType !== "mouse", pointer: event.pointerId, over: null }
  if (drag.touch) drag.timer = setTimeout(() => drag && lift(), LONG_PRESS)
})
document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.pointer) return
  drag.x = event.clientX
  drag.y = event.clientY
  const far = Math.hypot(drag.x - drag.x0, drag.y - drag.y0) > SLOP
  if (drag.lifted) follow()
  else if (far && drag.touch) drop(false)
  else if (far) lift()
})
document.addEventListener("pointerup", () => drop(true))
document.addEventListener("pointercancel", (event) => {
  if (!drag?.lifted || event.pointerType === "mouse") drop(false)
})
// While a finger holds a card the page must not scroll under it; only a non-passive listener may say so.
document.addEventListener("touchmove", (event) => drag?.lifted && event.preventDefault(), { passive: false })
document.addEventListener("contextmenu", (event) => {
  if (drag?.touch && event.target.closest("[data-card]")) event.preventDefault()
})
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("[data-card]")) event.preventDefault()
})
