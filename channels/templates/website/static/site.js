/* What a page can do beyond being read. Every control is hidden in the page and shown here, where it works. */
(function () {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const one = (selector) => document.querySelector(selector);
  const show = (element) => element && element.removeAttribute("hidden");

  function keep(name, value) {
    try {
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch (blocked) {
      root.dataset.unkept = "";
    }
  }

  function say(text) {
    const status = one("[data-status]");
    if (status) status.textContent = text;
  }

  /* The elder-friendly view */
  function elder(on, moved) {
    root.classList.toggle("elder", on);
    keep("view", on ? "elder" : "");
    const bar = one("[data-elder-bar]");
    if (bar) bar.hidden = !on;
    if (moved) window.scrollTo(0, 0);
  }

  function elderView() {
    for (const [word, on, other] of [["elder", true, "plain"], ["plain", false, "elder"]]) {
      all(`[data-do="${word}"]`).forEach((button) => {
        show(button);
        button.addEventListener("click", () => {
          elder(on, true);
          one(`[data-do="${other}"]`).focus({ preventScroll: true });
        });
      });
    }
    elder(root.classList.contains("elder"), false);
  }

  /* Text size, three steps */
  function sizes() {
    const buttons = all("[data-size-step]");
    const mark = () => buttons.forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.sizeStep === (root.dataset.size || "1"))));
    buttons.forEach((button) => button.addEventListener("click", () => {
      const step = button.dataset.sizeStep;
      if (step === "1") delete root.dataset.size;
      else root.dataset.size = step;
      keep("size", step === "1" ? "" : step);
      mark();
    }));
    mark();
  }

  /* Print, share, copy */
  async function copied(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    field.setAttribute("aria-hidden", "true");
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("not copied");
  }

  async function share(button) {
    const address = one('link[rel="canonical"]').href;
    try {
      if (navigator.share) await navigator.share({ title: document.title, url: address });
      else {
        await copied(address);
        say(button.dataset.done);
      }
    } catch (problem) {
      if (problem.name !== "AbortError") say(button.dataset.failed + address);
    }
  }

  /* Reading aloud: the title and the text, in pieces short enough for every voice */
  function pieces() {
    const blocks = all(".headline h1, .text p, .text li, .text h2, .text h3, .text h4, .text h5, .text tr, .text figcaption");
    const said = blocks.filter((block) => !block.parentElement.closest(".text li, .text tr"));
    const lines = said.map((block) => block.tagName === "TR"
      ? all("th, td", block).map((cell) => cell.textContent.trim()).filter(Boolean).join("，")
      : block.textContent);
    return lines.flatMap((line) => line.replace(/\s+/g, " ").match(/[^。！？；.!?;]{1,120}[。！？；.!?;]?/g) || [])
      .map((piece) => piece.trim()).filter(Boolean);
  }

  function reading() {
    const play = one('[data-do="read"]'), stop = one('[data-do="stop"]');
    const voice = window.speechSynthesis;
    if (!play || !stop || !voice || !window.SpeechSynthesisUtterance) return;
    const words = { idle: play.textContent, on: play.dataset.pause, paused: play.dataset.resume };
    let queue = [], state = "idle", run = 0;
    const become = (next) => {
      state = next;
      play.textContent = words[next];
      stop.hidden = next === "idle";
    };
    const next = (mine) => {
      if (mine !== run) return;
      const text = queue.shift();
      if (text === undefined) return become("idle");
      const piece = new SpeechSynthesisUtterance(text);
      const spoken = one("article[lang]") || root;
      piece.lang = spoken.lang === "zh-Hant" ? "zh-CN" : spoken.lang;
      piece.onend = () => next(mine);
      piece.onerror = () => { if (mine === run) become("idle"); };
      voice.speak(piece);
    };
    play.addEventListener("click", () => {
      if (state === "on") { voice.pause(); become("paused"); }
      else if (state === "paused") { voice.resume(); become("on"); }
      else { queue = pieces(); run += 1; voice.cancel(); become("on"); next(run); }
    });
    stop.addEventListener("click", () => { run += 1; voice.cancel(); become("idle"); play.focus(); });
    window.addEventListener("pagehide", () => { run += 1; voice.cancel(); });
    show(play);
  }

  /* Consultations and surveys: what today makes of their dates, on the readers' calendar */
  function statuses() {
    const marks = all("[data-closes], [data-opens]");
    if (!marks.length) return;
    const today = new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
    marks.forEach((mark) => {
      const { opens, closes, before, open, after } = mark.dataset;
      const state = opens && today < opens ? "before" : closes && today > closes ? "after" : "open";
      mark.textContent = { before, open, after }[state];
      mark.dataset.state = state;
      show(mark);
      if (state !== "open") all("[data-while-open]").forEach((way) => { way.hidden = true; });
    });
  }

  function tools() {
    show(one("[data-tools]"));
    all('[data-do="print"]').forEach((button) => button.addEventListener("click", () => window.print()));
    all('[data-do="share"]').forEach((button) => button.addEventListener("click", () => share(button)));
  }

  /* Titles and numbers while the visitor types a search; without them the form works just as well */
  function suggestions() {
    all('form.search input[name="q"], form.filters input[name="q"]').forEach((field, place) => {
      let list = field.list, timer = 0;
      if (!list) {
        list = document.createElement("datalist");
        list.id = "suggested-" + place;
        field.after(list);
        field.setAttribute("list", list.id);
      }
      field.autocomplete = "off";
      field.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(() => suggest(field, list), 250);
      });
    });
  }

  async function suggest(field, list) {
    const text = field.value.trim();
    if (text.length < 2) return list.replaceChildren();
    try {
      const base = field.form.action.replace(/hant\/search$/, "search");
      const answer = await fetch(new URL("suggest?q=" + encodeURIComponent(text), base));
      const found = answer.ok ? (await answer.json()).suggestions : [];
      if (field.value.trim() !== text) return;
      list.replaceChildren(...found.map((one) => {
        const option = document.createElement("option");
        const byNumber = one.number && !one.title.includes(text);
        option.value = byNumber ? one.number : one.title;
        option.label = byNumber ? one.title : one.number;
        return option;
      }));
    } catch (unreachable) {
      list.replaceChildren();
    }
  }

  elderView();
  suggestions();
  tools();
  sizes();
  reading();
  statuses();
})();
