// While a job is open its page brings itself up to date; the button stops and starts that. Everything works without it.
"use strict";

const SECONDS = 2;
const button = () => document.querySelector("[data-live]");
let wanted = true;

function dress() {
  if (!button()) return;
  button().hidden = false;
  button().setAttribute("aria-pressed", String(wanted));
}

function mayReplace(live) {
  const focused = document.activeElement;
  return !(live.contains(focused) && focused.matches("a, input, .scroll")) && !String(getSelection());
}

async function refresh() {
  const live = document.getElementById("live");
  if (!wanted || !button() || document.hidden || !mayReplace(live)) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (!fresh || !mayReplace(live)) return;
  const hadFocus = document.activeElement === button();
  live.replaceChildren(...fresh.childNodes);
  dress();
  if (hadFocus && button()) button().focus();
}

document.addEventListener("click", (event) => {
  if (!event.target.matches("[data-live]")) return;
  wanted = !wanted;
  dress();
});

// A page that takes long to make is asked for less often.
async function keepUp() {
  const begun = performance.now();
  await refresh().catch(() => {});
  setTimeout(keepUp, Math.max(SECONDS * 1000, 10 * (performance.now() - begun)));
}

dress();
setTimeout(keepUp, SECONDS * 1000);
