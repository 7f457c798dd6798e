/* Before printing: light colours, and every folded part open but the solutions of exercises;
   afterwards as it was before. */
(function () {
  "use strict";

  var page = document.documentElement.dataset;
  var theme = "";
  var opened = [];

  function prepare() {
    if (theme) return; // some browsers tell twice
    theme = page.theme || "light";
    page.theme = "light";
    opened = Array.from(document.querySelectorAll("details:not([open])")).filter(function (part) {
      var summary = part.querySelector("summary");
      return !summary || summary.textContent.trim() !== "Solution";
    });
    opened.forEach(function (part) { part.open = true; });
  }

  function restore() {
    if (!theme) return;
    page.theme = theme;
    theme = "";
    opened.forEach(function (part) { part.open = false; });
  }

  addEventListener("beforeprint", prepare);
  addEventListener("afterprint", restore);
})();
