/* Runs before the first paint: the visitor's own view, as they left it. Without storage the plain view stands. */
(function (root) {
  "use strict";
  root.classList.add("scripted");
  try {
    if (localStorage.getItem("view") === "elder") root.classList.add("elder");
    var size = localStorage.getItem("size");
    if (size === "2" || size === "3") root.dataset.size = size;
  } catch (blocked) {
    root.dataset.unkept = "";
  }
})(document.documentElement);
