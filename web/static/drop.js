// The drop, moving: the server sends the figures once a second, ready to show.
// Without a script the page loads itself anew.
const page = document.querySelector(".drop");
const figures = page.querySelector("[data-drop-figures]");
const lost = page.querySelector("[data-drop-lost]");
const silence = 4000; // ms without figures, after which the page says so

let heard = performance.now();

function connect() {
  const source = new EventSource(page.dataset.events + location.search);
  source.addEventListener("figures", event => {
    figures.innerHTML = event.data; // of our own template
    heard = performance.now();
    lost.hidden = true;
  });
  // A browser tries again by itself, unless the answer was a refusal, such as
  // that of a proxy whose server is just starting.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  });
}

setInterval(() => {
  if (!lost.hidden || performance.now() - heard < silence) return;
  const at = new Date(figures.querySelector("time[hidden]").dateTime);
  const time = lost.querySelector("time");
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString(document.documentElement.lang, { hourCycle: "h23", timeZone: page.dataset.zone });
  lost.hidden = false;
}, 500);

addEventListener("keydown", event => {
  if (event.key === "Escape" && !document.fullscreenElement) location.assign(page.dataset.back);
});

const screenButton = page.querySelector("[data-drop-screen]");
screenButton.hidden = !document.fullscreenEnabled;
screenButton.addEventListener("click", () =>
  document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());

connect();
