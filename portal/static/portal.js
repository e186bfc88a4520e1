// What is new appears by itself: the page is fetched again when the stream of news says that there is something.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live || !("EventSource" in window)) return;
  // From what the page tells already: nothing that comes between the two is missed.
  const stream = new EventSource(`/v1/news/stream?after=${encodeURIComponent(live.dataset.after)}`);
  stream.addEventListener("news", async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected) { location.reload(); return; }
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = fresh.getElementById("live");
    if (found) live.replaceChildren(...found.childNodes);
    const read = fresh.getElementById("read");
    if (read) document.getElementById("read").replaceChildren(...read.childNodes);
  });
})();
