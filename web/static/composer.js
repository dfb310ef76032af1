// Follows the typing: the server is asked what the form would make of itself,
// and the parts marked data-live are taken from its answer. So counts, texts
// and times have one source, and work without this script once sent.
const form = document.querySelector("form[data-preview]");
const text = form.elements.text;
const images = document.getElementById("images");
const offline = form.querySelector("[data-offline]");
let latest = 0;
let timer = 0;

async function refresh() {
  const mine = ++latest;
  const fields = new FormData(form);
  fields.delete("files");
  const body = new URLSearchParams(fields);
  let answer;
  try {
    answer = await fetch(form.dataset.preview + location.search, { method: "POST", body });
  } catch {
    // No connection.
  }
  offline.hidden = answer !== undefined && answer.status < 500;
  if (!offline.hidden) { // what stands there stays until it is back
    clearTimeout(timer);
    timer = setTimeout(refresh, 3000);
    return;
  }
  if (!answer.ok || mine !== latest) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== latest) return;
  for (const part of form.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next) continue;
    // The element itself stays, so that the keyboard's place is not lost.
    part.className = next.className;
    if (next.title) part.title = next.title;
    if (part.innerHTML !== next.innerHTML) part.innerHTML = next.innerHTML;
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 250);
}

form.addEventListener("input", soon);
form.addEventListener("change", soon);
addEventListener("online", refresh);

// Without a connection the browser would put its own page in place of what is
// written here.
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (offline.hidden) return;
  event.preventDefault();
  refresh();
});

for (const button of form.querySelectorAll("[data-insert]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const piece = button.dataset.insert;
    const rest = text.value.replaceAll(piece, "");
    const at = Math.min(text.selectionStart, rest.length);
    text.value = rest.slice(0, at) + piece + rest.slice(at);
    text.focus();
    text.setSelectionRange(at + piece.length, at + piece.length);
    soon();
  });
}

// Images: what is chosen, dropped or pasted is sent at once, and the list of
// images comes back from the server. Until then the files stay in their field,
// so that sending the whole form meanwhile takes them along.
const picker = () => form.elements.files;

async function attach(button) {
  const body = new FormData(form);
  if (button) {
    body.append(button.name, button.value);
    body.delete("files");
  }
  images.setAttribute("aria-busy", "true");
  images.querySelector("[data-failed]").hidden = true;
  try {
    const answer = await fetch(images.dataset.attach + location.search, { method: "POST", body });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("images");
    if (!fresh) throw new Error(answer.statusText);
    images.replaceChildren(...fresh.childNodes);
    dress();
    next(button)?.focus();
    soon();
  } catch {
    images.querySelector("[data-failed]").hidden = false;
  }
  images.removeAttribute("aria-busy");
}

// next is where the keyboard goes on: at the image that moved, at the text of
// one that came, else where images are chosen.
function next(button) {
  if (button && button.name !== "remove") {
    const moved = [...images.querySelectorAll(`button[value="${button.value}"]:enabled`)];
    return moved.find((other) => other.name === button.name) ?? moved[0];
  }
  return images.querySelector(".attached > li:last-child textarea") ?? picker();
}

function offer(files) {
  const tooLarge = [...files].some((file) => file.size > Number(images.dataset.max));
  images.querySelector("[data-too-large]").hidden = !tooLarge;
  if (tooLarge) {
    picker().value = "";
  } else if (files.length > 0) {
    picker().files = files;
    attach();
  }
}

// dress fits what came from the server to a browser that runs this script.
function dress() {
  images.querySelector("[data-attach-button]").hidden = true;
  const label = images.querySelector("[data-drop]");
  label.textContent = label.dataset.drop;
  images.classList.add("is-dressed");
}

images.addEventListener("change", (event) => {
  if (event.target === picker()) offer(picker().files);
});
images.addEventListener("click", (event) => {
  const button = event.target.closest(".attached button");
  if (!button) return;
  event.preventDefault();
  attach(button);
});

// An image is dragged by its picture to its place among the others; the server
// then numbers them anew. Let go elsewhere, it goes back.
let dragged = null;
let home = null; // what stood behind it

images.addEventListener("dragstart", (event) => {
  dragged = event.target.closest(".attached a")?.parentElement;
  if (!dragged) return;
  home = dragged.nextElementSibling;
  event.dataTransfer.effectAllowed = "move";
  dragged.classList.add("is-dragged");
});
images.addEventListener("dragover", (event) => {
  if (!dragged) return;
  event.preventDefault();
  const other = event.target.closest(".attached > li");
  if (!other || other === dragged) return;
  const { top, height } = other.getBoundingClientRect();
  other[event.clientY < top + height / 2 ? "before" : "after"](dragged);
});
images.addEventListener("dragend", (event) => {
  if (!dragged) return;
  dragged.classList.remove("is-dragged");
  const kept = event.dataTransfer.dropEffect !== "none";
  if (!kept) dragged.parentElement.insertBefore(dragged, home);
  if (kept && dragged.nextElementSibling !== home) attach({ name: "dragged", value: dragged.querySelector("[name=media]").value });
  dragged = null;
});

form.addEventListener("dragover", (event) => {
  if (dragged || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  images.classList.add("is-over");
});
form.addEventListener("dragleave", (event) => {
  if (!form.contains(event.relatedTarget)) images.classList.remove("is-over");
});
form.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
  if (dragged || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  images.classList.remove("is-over");
  offer(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length === 0) return;
  event.preventDefault();
  offer(event.clipboardData.files);
});

dress();
refresh();
