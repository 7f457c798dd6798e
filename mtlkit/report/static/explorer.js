/* Moves the Explorers of a page: sliders go through the frames that each carries with it, the
   address keeps where they stand. A classic script that asks for nothing: it works from file://,
   after plotly and figures.js. */
(function () {
  "use strict";

  var WRITE = 250; // milliseconds between two changes of the address: browsers allow few of them
  var SAY = 700; // milliseconds of rest before a screen reader is told

  /* Frames: deflated JSON in which "@n" stands for item n of a pool. */

  function inflated(text) {
    var bytes = Uint8Array.from(atob(text), function (letter) { return letter.charCodeAt(0); });
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  }

  function reader(packed) {
    var known = {};
    return function full(node) {
      if (typeof node === "string" && node[0] === "@") {
        if (!(node in known)) known[node] = full(packed.pool[node.slice(1)]);
        return known[node];
      }
      if (Array.isArray(node)) return node.map(full);
      if (node && typeof node === "object") {
        var copy = {};
        Object.keys(node).forEach(function (key) { copy[key] = full(node[key]); });
        return copy;
      }
      return node;
    };
  }

  function traces(picture) {
    return picture.data.map(function (parts) { return Object.assign({}, parts[0], parts[1]); });
  }

  function facetOf(trace) {
    return Number((trace.xaxis || "x").slice(1) || 1) - 1;
  }

  /* The place of one picture. What is drawn is thrown away with its numbers: nothing of a frame is
     left in the next one. `clicked` is told which row of a picture was clicked that turns a knob. */
  function frame(place, clicked) {
    var body = place.querySelector(".mtl-body");
    var title = place.querySelector(".mtl-title strong");
    var caption = place.querySelector(".mtl-caption");
    var still = body.querySelector("img");
    var plot = body.querySelector(".mtl-plot");
    var shown = null;
    var width = 0;
    var listens = false;

    function draw() {
      width = body.clientWidth;
      if (!shown || !shown.data || !width) return;
      var colours = mtl.themed();
      var layout = mtl.painted(width < mtl.NARROW ? shown.narrow : shown.wide, colours);
      layout.width = width;
      Plotly.react(plot, mtl.painted(traces(shown), colours), layout, mtl.CONFIG);
      if (!listens) {
        plot.on("plotly_click", function (event) {
          if (shown && shown.turns) clicked(shown.turns, Math.round(event.points[0].y));
        });
      }
      listens = true;
    }

    function fill() {
      if (plot) Plotly.purge(plot);
      body.replaceChildren();
      plot = null;
      listens = false;
      if (!shown.data) {
        body.innerHTML = shown.html;
        return;
      }
      plot = document.createElement("div");
      plot.className = "mtl-plot mtl-drawn";
      plot.setAttribute("role", "img");
      body.append(plot);
      if (still) { // paper gets it while the controls stand as at the start
        still.className = "mtl-still";
        body.append(still);
      }
    }

    new ResizeObserver(function () {
      if (body.clientWidth !== width) draw();
    }).observe(body);

    return {
      draw: draw,
      inSight: function () {
        var box = place.getBoundingClientRect();
        return box.bottom > 0 && box.top < innerHeight;
      },
      show: function (picture) {
        place.hidden = !picture;
        if (picture === shown) return;
        // Two plots share their place; a table or pictures are written anew.
        var another = !shown || !picture || !picture.data || !shown.data;
        shown = picture;
        if (!picture) return;
        place.style.setProperty("--mtl-facets", picture.facets);
        place.classList.toggle("mtl-clicks", Boolean(picture.turns));
        title.textContent = picture.title;
        caption.textContent = picture.caption;
        if (another) fill();
        if (plot) plot.setAttribute("aria-label", picture.alt);
        draw();
      }
    };
  }

  function another(place) { // for a frame that has more pictures than the first one
    var made = place.cloneNode(true);
    made.querySelector(".mtl-body").replaceChildren();
    place.after(made);
    return made;
  }

  /* Controls: state is the place of each knob among its values. */

  function control(knob, inputs, turned) {
    var slider = inputs[0].type === "range" ? inputs[0] : null;
    inputs.forEach(function (input) {
      input.addEventListener("input", function () { turned(Number(input.value)); });
    });
    return function (at) {
      if (!slider) {
        inputs.forEach(function (input) { input.checked = Number(input.value) === at; });
        return;
      }
      slider.value = at;
      slider.setAttribute("aria-valuetext", knob.said[at]);
      var place = slider.closest(".mtl-knob");
      place.querySelector("output").textContent = knob.said[at];
      place.querySelectorAll(".mtl-stops span").forEach(function (stop, number) {
        stop.classList.toggle("mtl-here", number === at);
      });
    };
  }

  /* The address: `#degree=8&tasks=4`; with `id?` before it unless it is for the lesson's default
     exploration. */

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return text; // garbled
    }
  }

  function read(head, id, bare) {
    var text = location.hash.slice(1);
    var parts = text.split("?");
    if (parts.length > 1 ? parts[0] !== id : !bare && text !== id) return null;
    // What a link does not name stands as it starts, wherever this page opened.
    var found = { state: head.knobs.map(function (knob) { return knob.start; }), elsewhere: [] };
    var ours = parts.length > 1 || text === id;
    parts[parts.length - 1].split("&").forEach(function (pair) {
      var name = decoded(pair.split("=")[0]);
      var value = decoded(pair.slice(pair.indexOf("=") + 1));
      head.knobs.forEach(function (knob, place) {
        if (knob.name !== name) return;
        ours = true;
        if (knob.texts.includes(value)) found.state[place] = knob.texts.indexOf(value);
        else if (said(knob, value)) found.elsewhere.push([knob, value]);
      });
      head.fixed.forEach(function (knob) {
        if (knob.name !== name) return;
        ours = true;
        if (value !== knob.start && said(knob, value)) found.elsewhere.push([knob, value]);
      });
    });
    return ours ? found : null;
  }

  function said(knob, value) { // in words; nothing if it cannot be set to that
    if (knob.typed) return value; // whatever was typed
    var values = knob.looks === "ticks" ? value.split(",") : [value];
    var known = values.every(function (each) { return each in knob.live; });
    return known ? values.map(function (each) { return knob.live[each]; }).join(", ") : "";
  }

  function fragment(head, state) {
    return head.knobs
      .filter(function (knob, place) { return state[place] !== knob.start; })
      .map(function (knob) {
        var text = encodeURIComponent(knob.texts[state[head.knobs.indexOf(knob)]]);
        return knob.name + "=" + text.replace(/%2C/g, ",");
      })
      .join("&");
  }

  /* The numbers on show as CSV, one point a row, under the knobs' names. */

  function csv(head, state, pictures) {
    var fixed = head.knobs.map(function (knob, place) { return knob.texts[state[place]]; });
    var names = head.knobs.map(function (knob) { return knob.name; });
    var rows = [names.concat("picture", "facet", "series", "x", "y", "low", "high")];
    pictures.forEach(function (picture) {
      if (!picture.data) return;
      if (picture.cells) { // facet and series stand for nothing here: a cell is its column and row
        picture.cells.rows.forEach(function (row, at) {
          picture.cells.columns.forEach(function (column, place) {
            var value = traces(picture)[0].z[at][place];
            rows.push(fixed.concat([picture.title, "", row, column, value, "", ""]));
          });
        });
        return;
      }
      var ends = {};
      traces(picture).forEach(function (trace) {
        if (!Array.isArray(trace.x) || !Array.isArray(trace.y)) return;
        var series = trace.name + trace.xaxis;
        if (trace.fill === "toself") ends[series] = sides(trace);
        if (trace.hoverinfo === "skip") return;
        var facet = picture.named[facetOf(trace)] || "";
        trace.x.forEach(function (x, at) {
          if (x === null) return;
          var told = picture.intervals && trace.customdata ? trace.customdata[at] : null;
          var low = told ? told[1] : ((ends[series] || {})[x] || [])[0];
          var high = told ? told[2] : ((ends[series] || {})[x] || [])[1];
          var row = [picture.title, facet, trace.name, told ? told[0] : x, trace.y[at], low, high];
          rows.push(fixed.concat(row));
        });
      });
    });
    return rows.map(function (row) { return row.map(cell).join(",") + "\n"; }).join("");
  }

  function sides(band) { // each stretch goes there along the low side and back along the high one
    var found = {};
    var from = 0;
    band.x.forEach(function (x, end) {
      if (x !== null) return;
      for (var at = from; at < (from + end) / 2; at += 1) {
        found[band.x[at]] = [band.y[at], band.y[from + end - 1 - at]];
      }
      from = end + 1;
    });
    return found;
  }

  function cell(value) {
    var text = value === null || value === undefined ? "" : String(value);
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function save(name, text) {
    var link = document.createElement("a");
    link.download = name;
    link.href = "data:text/csv;charset=utf-8," + encodeURIComponent(text);
    link.click();
  }

  /* For those who do not see the pictures: where the lines of the first one end. */
  function summary(picture) {
    if (!picture || !picture.data) return "";
    var ends = traces(picture).filter(function (trace) {
      return trace.mode === "lines" && trace.hoverinfo !== "skip" && trace.x.length > 2;
    }).map(function (trace) {
      var last = trace.y.filter(function (y) { return y !== null; }).pop();
      var facet = picture.named[facetOf(trace)];
      return [facet, trace.name, last === undefined ? "no value" : "ends at " + last]
        .filter(Boolean).join(", ");
    });
    return picture.title + ". " + ends.slice(0, 8).join("; ");
  }

  function prepare(explorer, order, all) {
    var head = JSON.parse(explorer.querySelector(".mtl-head").textContent);
    var id = explorer.id || "explorer-" + (order + 1);
    var bare = explorer === all.find(function (each) { return "default" in each.dataset; });
    var find = explorer.querySelector.bind(explorer);
    var places = Array.from(explorer.querySelectorAll(".mtl-picture"));
    var state = opened();
    var full = null;
    var tree = null;
    var frames = [];
    var pictures = [];
    var drawing = 0;
    var writing = 0;
    var saying = 0;

    var shows = head.knobs.map(function (knob, place) {
      var inputs = Array.from(explorer.querySelectorAll("input")).filter(function (input) {
        return input.name === knob.name;
      });
      return control(knob, inputs, function (at) {
        hold(inputs[0]);
        turn(place, at);
      });
    });

    function turn(place, at) {
      state[place] = at;
      tell([]);
      if (!writing) writing = setTimeout(write, WRITE);
      clearTimeout(saying);
      saying = setTimeout(say, SAY);
      changed();
    }

    function clicked(turns, row) { // turns the knob, or says that there is no frame of it
      var named = function (knob) { return knob.name === turns.knob; };
      var place = head.knobs.findIndex(named);
      var knob = head.knobs[place] || head.fixed.find(named);
      var at = place < 0 ? -1 : knob.texts.indexOf(turns.texts[row]);
      if (at >= 0) turn(place, at);
      else if (knob) tell([[knob, turns.texts[row]]]);
    }

    function opened() {
      return head.knobs.map(function (knob) { return knob.opened; });
    }

    // On a narrow page the slider that was touched last stays in sight above the pictures.
    function hold(input) {
      if (input.type !== "range") return;
      explorer.querySelectorAll(".mtl-knob").forEach(function (knob) {
        knob.classList.toggle("mtl-held", knob.contains(input));
      });
    }

    function tell(elsewhere) { // what a link or a click asked for, of which there is no frame
      find(".mtl-elsewhere").textContent = !elsewhere.length ? "" : "Live only: " +
        elsewhere.map(function (pair) {
          var knob = pair[0];
          var shown = knob.texts ? knob.said[state[head.knobs.indexOf(knob)]] : knob.said;
          return knob.label + " " + said(knob, pair[1]) + " (shown here: " + shown + ")";
        }).join("; ") + ".";
    }

    function changed() {
      shows.forEach(function (show, place) { show(state[place]); });
      var turned = head.knobs.filter(function (knob, place) { return state[place] !== knob.start; });
      explorer.classList.toggle("mtl-turned", state.join() !== opened().join());
      find(".mtl-line").textContent = head.line + turned.map(function (knob) {
        return ", " + knob.name + "=" + knob.code[state[head.knobs.indexOf(knob)]];
      }).join("") + ")";
      find(".mtl-link").textContent = address(true);
      cancelAnimationFrame(drawing);
      drawing = requestAnimationFrame(draw);
    }

    function draw() {
      var at = head.knobs.reduce(function (sum, knob, place) {
        return sum * knob.texts.length + state[place];
      }, 0);
      pictures = full(tree[at]);
      while (frames.length < pictures.length) {
        if (frames.length === places.length) places.push(another(places[places.length - 1]));
        frames.push(frame(places[frames.length], clicked));
      }
      var command = pictures.map(function (picture) { return picture.command; }).find(Boolean);
      if (find(".mtl-made")) find(".mtl-made").textContent = command || "";
      var seen = frames.filter(function (each) { return each.inSight(); });
      var unseen = frames.filter(function (each) { return !seen.includes(each); });
      seen.forEach(show);
      // What is out of sight does not hold up what is seen; a newer turn may come first.
      (function next() {
        if (!unseen.length) return;
        drawing = requestAnimationFrame(function () {
          show(unseen.shift());
          next();
        });
      })();
    }

    function show(each) {
      each.show(pictures[frames.indexOf(each)] || null);
    }

    function address(whole) {
      var text = fragment(head, state);
      if (!bare && text) text = id + "?" + text;
      var page = location.href.split("#")[0];
      return page + (text || whole ? "#" + (text || id) : "");
    }

    function write() {
      writing = 0;
      try {
        history.replaceState(history.state, "", address(false));
      } catch (error) {
        // A browser that allows no more of them for now: the link to copy has it all the same.
      }
    }

    function say() {
      var words = head.knobs.map(function (knob, place) {
        return knob.label + " " + knob.said[state[place]];
      });
      find('[role="status"]').textContent = words.join(", ") + ". " + summary(pictures[0]);
    }

    function restore() {
      var found = read(head, id, bare);
      if (!found) return false;
      state = found.state;
      tell(found.elsewhere);
      return true;
    }

    function begin(packed) {
      full = reader(packed);
      tree = packed.tree;
      find(".mtl-knobs").disabled = false;
      explorer.classList.add("mtl-moves");
      explorer.querySelectorAll(".mtl-csv, .mtl-reset").forEach(function (button) {
        button.hidden = false;
      });
      find(".mtl-csv").addEventListener("click", function () {
        save(this.dataset.name + ".csv", csv(head, state, pictures));
      });
      find(".mtl-reset").addEventListener("click", function () {
        state = opened();
        tell([]);
        write();
        say();
        changed();
      });
      addEventListener("hashchange", function () { if (restore()) changed(); });
      var asked = restore();
      changed();
      if (asked) explorer.scrollIntoView();
      new MutationObserver(function () {
        frames.forEach(function (each) { each.draw(); });
      }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    }

    var slider = find('input[type="range"]');
    if (slider) hold(slider);
    inflated(find(".mtl-frames").textContent).then(begin).catch(function (error) {
      // As without a script: the pictures of the start, and what is said about them.
      explorer.classList.remove("mtl-moves");
      find(".mtl-knobs").disabled = true;
      console.error(error);
    });
  }

  function start() {
    // Without what they need the still pictures stay, and what is said about them.
    if (typeof Plotly === "undefined" || typeof DecompressionStream === "undefined") return;
    Array.from(document.querySelectorAll(".mtl-explorer")).forEach(prepare);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
