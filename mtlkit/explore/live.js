/* The live face of an Explorer: knobs, a line that says how the run stands, and pictures.

   The kernel tells (traits `controls`, `told`, `status`, `plots`), the page answers with the knobs'
   `texts` and two messages, "cancel" and "again". `Plotly` is defined above this text. */

const NARROW = 560; // pixels; below it facets stand under one another
const CONFIG = { displayModeBar: false };
const THEMED = {
  "#333333": "--mtl-ink",
  "#ffffff": "--mtl-paper",
  "#dddddd": "--mtl-rule",
  "#0072b2": "--mtl-blue",
  "#d55e00": "--mtl-vermilion",
  "#009e73": "--mtl-green",
  "#b97f00": "--mtl-orange",
  "#c46c9c": "--mtl-purple",
  "#3a97cc": "--mtl-sky",
  "#7f7f7f": "--mtl-grey",
  "#9c6b3c": "--mtl-brown",
};

let explorers = 0;

function make(tag, properties = {}, ...children) {
  const { dataset = {}, ...others } = properties;
  const made = Object.assign(document.createElement(tag), others);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

/* Knobs: each gives { place, name, show(text), allow(possible), price(costs) }. */

function slider(knob, id, turn) {
  const value = make("span", { className: "mtl-value", ariaHidden: "true" }); // aria-valuetext says it
  const input = make("input", { type: "range", id, min: 0, max: knob.texts.length - 1, step: 1 });
  function say() {
    const said = knob.said[input.value];
    value.textContent = said;
    input.setAttribute("aria-valuetext", said);
  }
  input.addEventListener("input", () => { say(); turn(knob.texts[input.value]); });
  const label = make("label", { htmlFor: id, textContent: knob.label });
  return {
    place: make("div", { className: "mtl-knob" }, make("div", {}, label, value), input),
    show(text) { input.value = knob.texts.indexOf(text); say(); },
    allow(possible) { input.disabled = !possible; },
  };
}

function boxes(knob, id, type, picked) {
  const prices = {};
  const inputs = knob.texts.map((text, at) => make("input", {
    type, name: id, id: `${id}-${at}`, value: text,
  }));
  const lines = inputs.map((input, at) => {
    prices[input.value] = make("span", { className: "mtl-price" });
    return make("label", { htmlFor: input.id }, input, " ", knob.said[at], prices[input.value]);
  });
  inputs.forEach((input) => input.addEventListener("change", () => picked(inputs, input)));
  const legend = make("legend", { textContent: knob.label });
  const place = make("fieldset", { className: "mtl-knob mtl-boxes" }, legend, ...lines);
  return { place, inputs, prices, allow(possible) { place.disabled = !possible; } };
}

function choice(knob, id, turn) {
  const made = boxes(knob, id, "radio", (inputs, input) => turn(input.value));
  made.show = (text) => made.inputs.forEach((input) => { input.checked = input.value === text; });
  return made;
}

function ticks(knob, id, turn) {
  const made = boxes(knob, id, "checkbox", (inputs, input) => {
    const ticked = inputs.filter((each) => each.checked).map((each) => each.value);
    if (ticked.length) turn(ticked.join(","));
    else input.checked = true; // one must stay
  });
  made.show = (text) => {
    const ticked = text.split(",");
    made.inputs.forEach((input) => { input.checked = ticked.includes(input.value); });
  };
  made.price = (costs) => made.inputs.forEach((input) => {
    const cost = costs[input.value];
    made.prices[input.value].textContent = cost ? ` (${cost})` : "";
  });
  return made;
}

const LOOKS = { range: slider, choice, ticks };

/* Pictures */

function themed(root) {
  const style = getComputedStyle(root);
  const said = (name) => style.getPropertyValue(name).trim();
  const band = said("--mtl-band");
  const colours = {};
  Object.entries(THEMED).forEach(([colour, name]) => {
    const mine = said(name);
    colours[colour] = mine;
    if (/^#[0-9a-f]{6}$/i.test(mine)) colours[faint(colour, "0.18")] = faint(mine, band);
  });
  return colours;
}

function faint(colour, share) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${parts.join(",")},${share})`;
}

function painted(value, colours) {
  if (typeof value === "string") return colours[value] || value;
  if (Array.isArray(value)) return value.map((item) => painted(item, colours));
  if (value && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, painted(item, colours)]),
    );
  }
  return value;
}

/* The place of one picture; `show` draws what is new in it. */
function frame(root) {
  const title = make("p", { className: "mtl-title" });
  const note = make("p", { className: "mtl-note" });
  const body = make("div", { className: "mtl-body" });
  const caption = make("figcaption");
  const place = make("figure", { className: "mtl-picture" }, title, note, body, caption);
  let plot = null;
  let shown = {};
  let drawn = "";
  function draw() {
    const width = body.clientWidth;
    if (!shown.data || !width) return;
    const colours = themed(root);
    const layout = painted(width < NARROW ? shown.narrow : shown.wide, colours);
    Plotly.react(plot, painted(shown.data, colours), { ...layout, width }, CONFIG);
  }
  function fill() {
    if (plot) Plotly.purge(plot);
    plot = null;
    if (shown.data) {
      plot = make("div", { className: "mtl-plot" });
      plot.setAttribute("role", "img");
      body.replaceChildren(plot);
    } else {
      body.innerHTML = shown.html;
    }
  }
  const resized = new ResizeObserver(draw);
  resized.observe(body);
  return {
    place,
    redraw: draw,
    show(picture) {
      const sort = Boolean(picture.data) !== Boolean(plot) || !drawn;
      const text = JSON.stringify([picture.data, picture.wide, picture.html]);
      shown = picture;
      place.dataset.name = picture.name;
      place.classList.toggle("mtl-old", picture.old);
      place.style.setProperty("--mtl-facets", facets(picture));
      title.textContent = picture.title;
      note.textContent = picture.note;
      caption.textContent = picture.caption;
      if (text === drawn) return;
      drawn = text;
      if (sort || !plot) fill();
      if (plot) plot.setAttribute("aria-label", picture.alt);
      draw();
    },
    close() {
      resized.disconnect();
      if (plot) Plotly.purge(plot);
      place.remove();
    },
  };
}

function facets(picture) {
  if (!picture.wide) return 3;
  return Math.min(Object.keys(picture.wide).filter((key) => key.startsWith("xaxis")).length, 3);
}

/* Link and line of code, each with a button that copies it. */
function copied(label) {
  const text = make("input", { type: "text", readOnly: true });
  text.setAttribute("aria-label", label);
  const offer = `Copy ${label}`;
  const button = make("button", { type: "button", textContent: offer });
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C"; // a page that is not trusted may not copy by itself
    }
    setTimeout(() => { button.textContent = offer; }, 1500);
  });
  return { place: make("div", { className: "mtl-copied" }, button, text), text };
}

function render({ model, el }) {
  const own = `mtl-explorer-${explorers++}`;
  const controls = model.get("controls");
  const turn = (name) => (text) => {
    model.set("texts", { ...model.get("texts"), [name]: text });
    model.save_changes();
  };
  const knobs = controls.map((knob) => ({
    ...LOOKS[knob.looks](knob, `${own}-${knob.name}`, turn(knob.name)), knob,
  }));
  const placed = (main) => knobs.filter(({ knob }) => knob.main === main).map((knob) => knob.place);

  const words = make("span", { className: "mtl-words" });
  words.setAttribute("role", "status");
  const detail = make("span", { className: "mtl-detail" });
  const bar = make("progress", { max: 1, value: 0 });
  bar.setAttribute("aria-label", "progress of the training");
  const left = make("span", { className: "mtl-left" });
  const cancel = make("button", { type: "button", textContent: "Cancel" });
  cancel.addEventListener("click", () => model.send({ do: "cancel" }));
  const again = make("button", { type: "button", textContent: "Train again" });
  again.addEventListener("click", () => model.send({ do: "again" }));
  const line = make("div", { className: "mtl-status" }, cancel, again, words, detail, bar, left);

  const link = copied("link");
  const code = copied("Python line");
  const more = make("details", { className: "mtl-more" },
    make("summary", { textContent: "More knobs" }),
    make("div", { className: "mtl-knobs" }, ...placed(false)));
  const pictures = make("div", { className: "mtl-pictures" });
  const root = make("section", { className: "mtl-explorer", id: own },
    make("p", { className: "mtl-hint", textContent: model.get("hint") }),
    make("div", { className: "mtl-knobs" }, ...placed(true)),
    ...(placed(false).length ? [more] : []), line, pictures,
    make("div", { className: "mtl-copies" }, link.place, code.place));
  root.setAttribute("aria-label", model.get("title"));
  // JupyterLab would take arrow keys and Enter for its own: next cell, edit the cell.
  root.querySelectorAll("input, button, summary").forEach((each) => {
    each.dataset.lmSuppressShortcuts = "true";
  });
  el.append(root);

  const frames = [];
  function showTexts() {
    const texts = model.get("texts");
    knobs.forEach((each) => each.show(texts[each.knob.name]));
  }
  function showTold() {
    const told = model.get("told");
    knobs.forEach((each) => {
      each.allow(!told.off.includes(each.knob.name));
      if (each.price) each.price(told.costs[each.knob.name] || {});
    });
    link.text.value = told.link;
    code.text.value = told.line;
  }
  function showStatus() {
    const status = model.get("status");
    const under = status.state === "waiting" || status.state === "running";
    root.dataset.state = status.state;
    root.dataset.run = status.run;
    // What changes once a run is read out; epochs and seconds are for the eye.
    if (words.textContent !== status.words) words.textContent = status.words;
    detail.textContent = status.detail;
    bar.hidden = !under;
    bar.value = status.progress || 0;
    left.textContent = status.left;
    cancel.hidden = !under;
    again.hidden = !["cancelled", "failed"].includes(status.state);
  }
  function showPlots() {
    const plots = model.get("plots");
    while (frames.length > plots.length) frames.pop().close();
    while (frames.length < plots.length) {
      frames.push(frame(root));
      pictures.append(frames.at(-1).place);
    }
    plots.forEach((picture, at) => frames[at].show(picture));
  }
  const listened = { texts: showTexts, told: showTold, status: showStatus, plots: showPlots };
  Object.entries(listened).forEach(([name, show]) => {
    model.on(`change:${name}`, show);
    show();
  });
  // A theme's attributes and its style sheets change one after the other.
  let soon = 0;
  const themes = new MutationObserver(() => {
    clearTimeout(soon);
    soon = setTimeout(() => frames.forEach((each) => each.redraw()), 200);
  });
  themes.observe(document.body, {
    attributes: true, attributeFilter: ["data-jp-theme-name", "data-jp-theme-light", "class"],
  });
  return () => {
    themes.disconnect();
    clearTimeout(soon);
    Object.entries(listened).forEach(([name, show]) => model.off(`change:${name}`, show));
    while (frames.length) frames.pop().close();
  };
}

export default { render };
