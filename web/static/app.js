// What every page does a little better with a script; none needs one.

// A form is sent once: its button tells that it is on its way.
document.addEventListener("submit", event => {
  if (event.defaultPrevented) return;
  if (!navigator.onLine) { // the browser's own page would take what was typed away
    event.preventDefault();
    sayNoConnection();
    return;
  }
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  const button = event.submitter;
  if (!button) return;
  event.target.dataset.sent = "yes";
  button.setAttribute("aria-busy", "true");
  setTimeout(sendable, 60_000); // no answer will come any more
});

// Other scripts tell it by this event, where a request of theirs is lost.
document.addEventListener("no-connection", sayNoConnection);

function sayNoConnection() {
  for (const old of document.querySelectorAll(".flash")) old.remove();
  const over = document.querySelector(".dialog:popover-open"); // what stands elsewhere is behind its curtain
  (over ?? document.body).append(document.getElementById("no-connection").content.cloneNode(true));
}

function sendable() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

// A page that comes back from the browser's memory can be sent again.
addEventListener("pageshow", event => event.persisted && sendable());

for (const button of document.querySelectorAll("[data-dismiss]")) button.hidden = false;
document.addEventListener("click", event => event.target.closest("[data-dismiss]")?.parentElement.remove());

for (const button of document.querySelectorAll("[data-history-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}

// A dialog keeps the keyboard until it is answered or left.
document.addEventListener("keydown", event => {
  const dialog = document.querySelector(".dialog:popover-open");
  if (event.key !== "Tab" || !dialog) return;
  const stops = [...dialog.querySelectorAll("a[href], button, input, select, textarea")].filter(stop => !stop.disabled && stop.type !== "hidden");
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  const at = document.activeElement;
  if (at !== from && stops.includes(at)) return;
  event.preventDefault();
  to.focus();
});

// A menu that the keyboard leaves is closed.
document.addEventListener("focusin", event => {
  const menu = document.querySelector(".menu:popover-open");
  if (menu && !menu.contains(event.target) && event.target.getAttribute("popovertarget") !== menu.id) menu.hidePopover();
});

// The reader's own time zone, where a form asks for it and nothing is chosen.
for (const input of document.querySelectorAll("input[data-own-zone]")) {
  if (!input.value) input.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

// The first wrong field is where the reader wants to be; on load, since the
// browser's own jump to a fragment comes before it and takes the focus away.
addEventListener("load", () => document.querySelector("[aria-invalid]")?.focus());
