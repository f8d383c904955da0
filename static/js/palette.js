// The command palette: what the page offers, where one can go, and whom or what the server finds.

const dialog = document.getElementById("palette")
const WAIT = 120

if (dialog) {
  const input = dialog.querySelector("input")
  const list = document.getElementById("palette-list")
  const word = (name) => document.getElementById("words").content.querySelector(`[data-word="${name}"]`)?.textContent ?? ""
  let timer = 0
  let asked = 0
  let stale = false
  let hurried = false

  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()

  function option(source, hint) {
    const link = document.createElement("a")
    link.className = "palette__item"
    link.href = source.getAttribute("href") ?? "#"
    const shape = source.querySelector("svg")
    if (shape) link.append(shape.cloneNode(true))
    const label = document.createElement("span")
    label.textContent = source.dataset.keyLabel ?? source.textContent.trim()
    link.append(label)
    if (hint) {
      const key = document.createElement("span")
      key.className = "palette__hint"
      key.textContent = hint
      link.append(key)
    }
    link.addEventListener("click", (event) => {
      if (source.isConnected && (source.matches("button") || source.hasAttribute("hx-get") || source.hasAttribute("hx-post"))) {
        event.preventDefault()
        dialog.close()
        source.click()
      }
    })
    return link
  }

  function local(query) {
    const commands = [...document.getElementById("commands").content.querySelectorAll("a, button")]
    const actions = [...document.querySelectorAll(".pagehead__actions :is(a, button)[data-key]")]
    const places = [...document.querySelectorAll(".rail .rail__item")]
    const wanted = fold(query).split(/\s+/).filter(Boolean)
    const fits = (element) => {
      const text = fold(`${element.dataset.keyLabel ?? element.textContent} ${element.dataset.words ?? ""}`)
      return wanted.every((part) => text.includes(part))
    }
    const group = (name, elements) => {
      const kept = elements.filter(fits)
      if (!kept.length) return []
      const head = document.createElement("p")
      head.className = "palette__group"
      head.setAttribute("role", "presentation")
      head.textContent = name
      return [head, ...kept.map((element) => option(element, element.dataset.key))]
    }
    return [...group(word("commands"), [...commands, ...actions]), ...group(word("go"), places)]
  }

  const items = () => [...list.querySelectorAll(".palette__item")]

  function choose(index) {
    const all = items()
    if (!all.length) return input.removeAttribute("aria-activedescendant")
    const at = (index + all.length) % all.length
    all.forEach((item, place) => {
      item.id = `palette-${place}`
      item.tabIndex = -1
      item.setAttribute("role", "option")
      item.setAttribute("aria-selected", String(place === at))
    })
    input.setAttribute("aria-activedescendant", all[at].id)
    all[at].scrollIntoView({ block: "nearest" })
  }

  function fill(found) {
    stale = false
    list.replaceChildren(...found, ...local(input.value))
    if (!items().length) {
      const none = document.createElement("p")
      none.className = "palette__none"
      none.setAttribute("role", "presentation")
      none.textContent = word("nothing")
      list.append(none)
    }
    choose(0)
    if (hurried) items()[0]?.click()
    hurried = false
  }

  async function ask() {
    clearTimeout(timer)
    const query = input.value.trim()
    const turn = ++asked
    if (!query) return fill([])
    try {
      const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(query)}`, { headers: { "HX-Request": "true" } })
      if (turn !== asked) return
      const holder = document.createElement("template")
      if (answer.ok && !answer.redirected) holder.innerHTML = await answer.text()
      if (turn !== asked) return
      fill([...holder.content.querySelectorAll(".palette__item, .palette__group")])
    } catch {
      fill([])
    }
  }

  function open() {
    if (dialog.open) return
    input.value = ""
    hurried = false
    fill([])
    dialog.showModal()
    input.focus()
  }

  document.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close()
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    open()
  })
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault()
      if (dialog.open) dialog.close()
      else open()
    }
  })
  input.addEventListener("input", () => {
    clearTimeout(timer)
    stale = true
    hurried = false
    timer = setTimeout(ask, WAIT)
  })
  input.addEventListener("keydown", (event) => {
    const all = items()
    const at = all.findIndex((item) => item.getAttribute("aria-selected") === "true")
    if (event.key === "ArrowDown") choose(at + 1)
    else if (event.key === "ArrowUp") choose(at - 1)
    // Enter before the answer is there means the answer's first, not what is still shown for fewer letters.
    else if (event.key === "Enter" && stale) {
      hurried = true
      ask()
    } else if (event.key === "Enter" && all[at]) all[at].click()
    // A search field would take the first Esc to empty itself.
    else if (event.key === "Escape") dialog.close()
    else return
    event.preventDefault()
  })
  list.addEventListener("pointermove", (event) => {
    const item = event.target.closest(".palette__item")
    if (item && item.getAttribute("aria-selected") !== "true") choose(items().indexOf(item))
  })
}
