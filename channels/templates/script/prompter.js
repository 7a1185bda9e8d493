"use strict";
(function () {
  const find = (id) => document.getElementById(id);
  const stage = find("stage");
  const sections = Array.from(stage.querySelectorAll("section"));
  const buttons = Array.from(document.querySelectorAll("button[data-version]"));
  const SLOWEST = 60, FASTEST = 600, STEP = 10, SMALLEST = 28, LARGEST = 160;
  let shown = sections[0], pace = Number(shown.dataset.pace), running = false, before = 0, place = 0;

  // The text's own height is read in its seconds; the empty room above and below it takes no time.
  function span() {
    const lines = shown.querySelectorAll("p:not(.end)");
    const first = lines[0], last = lines[lines.length - 1];
    const mark = find("line").getBoundingClientRect().top - stage.getBoundingClientRect().top;
    const start = Math.max(0, first.offsetTop - mark);
    return { start, end: last.offsetTop + last.offsetHeight - mark };
  }
  function seconds() { return Number(shown.dataset.seconds) * Number(shown.dataset.pace) / pace; }
  function clock(whole) {
    const left = Math.max(0, Math.round(whole));
    return Math.floor(left / 60) + "分" + String(left % 60).padStart(2, "0") + "秒";
  }
  function tell() {
    const { start, end } = span();
    const part = Math.min(1, Math.max(0, (end - stage.scrollTop) / Math.max(1, end - start)));
    find("speed").textContent = pace + " 字/分";
    find("left").textContent = "剩余 " + clock(seconds() * part);
    find("go").textContent = running ? "暂停" : "开始";
  }
  function step(now) {
    if (!running) return;
    const { start, end } = span();
    if (Math.abs(place - stage.scrollTop) > 2) place = stage.scrollTop;
    place += (now - before) / 1000 * (end - start) / Math.max(1, seconds());
    before = now;
    stage.scrollTop = place;
    if (place >= end) run(false);
    tell();
    window.requestAnimationFrame(step);
  }
  function run(on) {
    running = on;
    if (on) {
      const { start, end } = span();
      if (stage.scrollTop < start || stage.scrollTop >= end) stage.scrollTop = start;
      place = stage.scrollTop;
      before = performance.now();
      window.requestAnimationFrame(step);
    }
    tell();
  }
  function faster(by) { pace = Math.min(FASTEST, Math.max(SLOWEST, pace + by)); tell(); }
  function larger(by) {
    const size = parseFloat(getComputedStyle(shown.querySelector("p")).fontSize);
    document.documentElement.style.setProperty("--size", Math.min(LARGEST, Math.max(SMALLEST, size + by)) + "px");
    tell();
  }
  function top() { run(false); stage.scrollTop = span().start; tell(); }
  function show(name) {
    run(false);
    sections.forEach((section) => { section.hidden = section.dataset.version !== name; });
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.version === name)));
    shown = sections.find((section) => !section.hidden);
    top();
  }
  function mirror() { find("mirror").setAttribute("aria-pressed", String(stage.classList.toggle("mirror"))); }
  function whole() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen();
  }
  const keys = {
    " ": () => run(!running), ArrowUp: () => faster(STEP), ArrowDown: () => faster(-STEP), "+": () => larger(4),
    "=": () => larger(4), "-": () => larger(-4), Home: top, m: mirror, f: whole,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const version = buttons[Number(event.key) - 1];
    const act = version ? () => show(version.dataset.version) : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  // A button keeps no focus: the space bar is for starting and stopping.
  document.addEventListener("keyup", (event) => { if (event.key === " ") event.preventDefault(); });
  find("go").onclick = () => run(!running);
  find("slower").onclick = () => faster(-STEP);
  find("faster").onclick = () => faster(STEP);
  find("smaller").onclick = () => larger(-4);
  find("larger").onclick = () => larger(4);
  find("top").onclick = top;
  find("mirror").onclick = mirror;
  buttons.forEach((button) => { button.onclick = () => show(button.dataset.version); });
  window.addEventListener("resize", tell);
  top();
})();
