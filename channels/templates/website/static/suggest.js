/* Titles and numbers while a reader types. Without this the search works all the same. */
(function () {
  "use strict";
  const box = document.querySelector("input[data-suggest]");
  const list = box && document.getElementById(box.getAttribute("list"));
  const pause = 200;
  let waiting = 0;
  let asked = "";

  function option(found) {
    const made = document.createElement("option");
    made.value = found.number && !found.title.includes(asked) ? found.number : found.title;
    made.label = found.number && made.value === found.number ? found.title : found.number;
    return made;
  }

  async function ask() {
    const text = box.value.trim();
    if (!text || text === asked) return;
    asked = text;
    try {
      const answer = await fetch(box.dataset.suggest + "?q=" + encodeURIComponent(text));
      const told = answer.ok ? await answer.json() : { suggestions: [] };
      if (asked === text) list.replaceChildren(...told.suggestions.map(option));
    } catch (unreachable) {
      list.replaceChildren();
    }
  }

  if (list) box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, pause);
  });
}());
