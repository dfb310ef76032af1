// The forum without reloads: votes, and similar ideas while a title is typed.
// Both fall back to plain forms and links.

document.addEventListener("submit", async event => {
  const form = event.target;
  if (!form.matches("[data-vote]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST", headers: { "X-Fragment": "vote" }, body: new URLSearchParams(new FormData(form)),
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".vote");
    form.closest(".vote").replaceWith(fresh);
    fresh.querySelector("button")?.focus({ preventScroll: true });
  } catch (error) {
    button.disabled = false;
    if (error instanceof TypeError) document.dispatchEvent(new Event("no-connection"));
    else form.submit(); // the plain way shows what is wrong
  }
}, { capture: true });

const similar = document.querySelector("[data-similar]");
const title = document.querySelector("input[name=title]");
if (similar && title) {
  let timer, asked;
  title.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      try {
        const answer = await fetch("/ideas/similar?" + new URLSearchParams({ title: title.value }), { signal: asked.signal });
        if (answer.ok) similar.innerHTML = await answer.text();
      } catch {
        // Typing went on, or the network is down: nothing is lost.
      }
    }, 300);
  });
}
