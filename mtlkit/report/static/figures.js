/* Draws every figure of a page over its still picture, and again when its width or the theme
   changes. A classic script that asks for nothing: it works from file:// */
(function () {
  "use strict";

  var NARROW = 560; // pixels; below it facets stand under one another
  var CONFIG = { displayModeBar: false };
  // The colours of palette.py that follow the page's theme, and the style sheet's names for them.
  var THEMED = { "#333333": "--mtl-ink", "#ffffff": "--mtl-paper", "#dddddd": "--mtl-rule" };

  function themed() {
    var style = getComputedStyle(document.documentElement);
    var colours = {};
    Object.keys(THEMED).forEach(function (colour) {
      colours[colour] = style.getPropertyValue(THEMED[colour]).trim() || colour;
    });
    return colours;
  }

  function painted(value, colours) {
    if (typeof value === "string") return colours[value] || value;
    if (Array.isArray(value)) {
      return value.map(function (item) { return painted(item, colours); });
    }
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (key) { copy[key] = painted(value[key], colours); });
      return copy;
    }
    return value;
  }

  function prepare(figure) {
    var place = figure.querySelector(".mtl-plot");
    var spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    var width = 0;
    function draw() {
      var layout = painted(place.clientWidth < NARROW ? spec.narrow : spec.layout, themed());
      layout.width = place.clientWidth;
      Plotly.react(place, painted(spec.data, themed()), layout, CONFIG);
    }
    new ResizeObserver(function () {
      if (place.clientWidth === width || !place.clientWidth) return;
      if (!width) place.replaceChildren();
      width = place.clientWidth;
      draw();
    }).observe(place);
    return function () { if (width) draw(); };
  }

  function start() {
    if (typeof Plotly === "undefined") return; // the still pictures stay
    var figures = Array.from(document.querySelectorAll(".mtl-figure"));
    var redraws = figures
      .filter(function (figure) { return figure.querySelector(".mtl-plot"); })
      .map(prepare);
    new MutationObserver(function () {
      redraws.forEach(function (redraw) { redraw(); });
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
