// Brings what is live up to date, while somebody looks. Without it every page works all the same.
const SECONDS = 3;

for (const part of document.querySelectorAll("[data-live]")) {
  const note = document.querySelector("[data-live-note]");
  let failures = 0;

  const say = (text) => {
    if (note && note.textContent !== text) {
      note.textContent = text;
    }
  };

  // What somebody reads by keyboard, or has opened, stays as it is.
  const isInUse = () =>
    part.contains(document.activeElement) || part.querySelector("details[open]") !== null;

  const refresh = async () => {
    if (!document.hidden && !isInUse()) {
      try {
        const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
        if (!answer.ok) {
          throw new Error(answer.statusText);
        }
        const text = await answer.text();
        if (!isInUse()) {
          part.innerHTML = text;
        }
        failures = 0;
        say("Live.");
      } catch {
        failures += 1;
        say("The server does not answer; this is what was last known.");
      }
    }
    setTimeout(refresh, 1000 * SECONDS * Math.min(2 ** failures, 10));
  };
  setTimeout(refresh, 1000 * SECONDS);
}
