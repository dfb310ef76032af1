// Follows the typing: the server is asked what the form would make of itself,
// and the parts marked data-live are taken from its answer. So counts, texts
// and times have one source, and work without this script once sent.
const form = document.querySelector("form[data-preview]");
const text = form.elements.text;
let latest = 0;
let timer = 0;

async function refresh() {
  const mine = ++latest;
  const body = new URLSearchParams(new FormData(form));
  let answer;
  try {
    answer = await fetch(form.dataset.preview, { method: "POST", body });
  } catch {
    return; // offline: what stands there stays, and sending will tell
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

refresh();
