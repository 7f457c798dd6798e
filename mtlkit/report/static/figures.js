/* Draws every figure of a page over its still picture, and again when its width or the theme
   changes; saves it as a picture. A classic script that asks for nothing: it works from file:// */
(function () {
  "use strict";

  var NARROW = 560; // pixels; below it facets stand under one another
  var CONFIG = { displayModeBar: false };
  var PICTURE = { width: 900, title: 40, scale: 2 }; // pixels; the saved picture's
  // The colours of palette.py that follow the page's theme, and the style sheet's names for them.
  var THEMED = {
    "#333333": "--mtl-ink",
    "#ffffff": "--mtl-paper",
    "#dddddd": "--mtl-rule",
    "#0072b2": "--mtl-blue",
    "#d55e00": "--mtl-vermilion",
    "#009e73": "--mtl-green",
    "#b97f00": "--mtl-orange",
    "#c46c9c": "--mtl-pink",
    "#3a97cc": "--mtl-sky",
    "#7f7f7f": "--mtl-grey",
    "#c45a5a": "--mtl-brick",
    "#7040e0": "--mtl-violet",
    "#7d8800": "--mtl-olive",
    "#b22496": "--mtl-magenta",
    "#8f5413": "--mtl-umber",
    "#a185cc": "--mtl-lilac",
    "#00889c": "--mtl-teal",
    "#e0206e": "--mtl-rose",
    "#307058": "--mtl-pine",
    "#b88878": "--mtl-clay",
    "#7a5894": "--mtl-plum"
  };

  function themed() {
    var style = getComputedStyle(document.documentElement);
    function said(name) { return style.getPropertyValue(name).trim(); }
    var colours = {};
    Object.keys(THEMED).forEach(function (colour) {
      var mine = said(THEMED[colour]);
      if (!mine) return;
      colours[colour] = mine;
      // A band is its line's colour, let through by as much as the theme says.
      if (mine[0] === "#") colours[faint(colour, "0.18")] = faint(mine, said("--mtl-band"));
    });
    return colours;
  }

  function faint(colour, share) {
    var parts = [1, 3, 5].map(function (at) { return parseInt(colour.slice(at, at + 2), 16); });
    return "rgba(" + parts.join(",") + "," + share + ")";
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
    var still = place.querySelector("img");
    var spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    var width = 0;
    function draw() {
      var layout = painted(place.clientWidth < NARROW ? spec.narrow : spec.layout, themed());
      layout.width = place.clientWidth;
      Plotly.react(place, painted(spec.data, themed()), layout, CONFIG);
    }
    function begin() {
      // Paper gets the still picture, whose lines stay sharp and which fits its page.
      still.className = "mtl-still";
      place.classList.add("mtl-drawn");
      place.after(still);
    }
    new ResizeObserver(function () {
      if (place.clientWidth === width || !place.clientWidth) return;
      if (!width) begin();
      width = place.clientWidth;
      draw();
    }).observe(place);
    offerPicture(figure, spec);
    return function () { if (width) draw(); };
  }

  function offerPicture(figure, spec) {
    var button = figure.querySelector(".mtl-png");
    var title = figure.querySelector(".mtl-title").textContent;
    button.hidden = false;
    button.addEventListener("click", function () {
      var layout = painted(spec.layout, {}); // a copy in its own, light colours
      layout.title = { text: title, x: 0.01, y: 1, yanchor: "top", pad: { t: 12 } };
      layout.margin.t += PICTURE.title;
      layout.height += PICTURE.title;
      layout.width = PICTURE.width;
      Plotly.downloadImage({ data: spec.data, layout: layout }, {
        format: "png",
        filename: button.dataset.name,
        width: PICTURE.width,
        height: layout.height,
        scale: PICTURE.scale
      });
    });
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

  // For the Explorer's script, which draws pictures of its own.
  window.mtl = { themed: themed, painted: painted, NARROW: NARROW, CONFIG: CONFIG };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
