/* Settles the page's theme before it is drawn: what the reader chose, else what the system asks
   for. The theme's own script would do so later, after a flash of the wrong one. */
(function () {
  "use strict";
  var page = document.documentElement.dataset;
  if (page.mode === "light" || page.mode === "dark") return;
  page.mode = "auto";
  page.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})();
