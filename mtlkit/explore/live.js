/* The live face of an Explorer: knobs, a line that says how the run stands, and pictures.

   The kernel tells (traits `controls`, `told`, `status`, `plots`, `marks`), the page answers with the
   knobs' `texts` and the messages "cancel", "again" and "gone". It counts its own moves (`move`):
   until `status` names the last of them, the kernel has not heard it. `Plotly` is defined above
   this text. */

const FACET = 220; // pixels; where facets would be narrower they stand under one another
const BESIDE = 80; // pixels of a picture beside its facets
const WIDE = 560; // pixels that the legend of a wide picture is laid out for
const GONE = 1000; // milliseconds without a view until the kernel is told that none is left
const CONFIG = { displayModeBar: false };
const THEMED = {
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
  "#7a5894": "--mtl-plum",
};

/* How many views are on the page: each Explorer has this script, and what it counts, to itself. */
let views = 0;

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
  const last = make("span", { textContent: knob.said.at(-1) });
  const ends = make("div", { className: "mtl-ends", ariaHidden: "true" },
    make("span", { textContent: knob.said[0] }), last);
  const place = make("div", { className: "mtl-knob" }, make("div", {}, label, value), input, ends);
  let most = knob.texts.length - 1;
  return {
    place,
    show(text) {
      const at = knob.texts.indexOf(text);
      input.max = Math.max(most, at); // a value beyond what does anything may stand there
      input.value = at;
      say();
    },
    limit(to) {
      most = to;
      input.max = Math.max(most, Number(input.value));
      last.textContent = knob.said[input.max];
    },
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
  return { place, inputs, prices };
}

function choice(knob, id, turn) {
  const made = boxes(knob, id, "radio", (inputs, input) => turn(input.value));
  made.show = (text) => made.inputs.forEach((input) => { input.checked = input.value === text; });
  return made;
}

function ticks(knob, id, turn) {
  const made = boxes(knob, id, "checkbox", (inputs, input) => {
    const ticked = inputs.filter((each) => each.checked).map((each) => each.value);
    why.textContent = "";
    if (ticked.length) {
      turn(ticked.join(","));
    } else {
      input.checked = true;
      why.textContent = "One has to stay: without any there is nothing to train.";
    }
  });
  const why = make("span", { className: "mtl-why" });
  why.setAttribute("role", "status");
  made.place.append(why);
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

/* A line of text; what is offered opens with it. It turns when one has typed, not with each letter. */
function typed(knob, id, turn) {
  const input = make("input", { type: "search", id, maxLength: 200, autocomplete: "off",
    placeholder: "type, then Enter" });
  const list = make("datalist", { id: `${id}-offered` },
    ...knob.texts.map((text) => make("option", { value: text })));
  input.setAttribute("list", list.id);
  let told = null;
  function tell() {
    const text = input.value.trim();
    if (text !== told) turn(text);
    told = text;
  }
  // What is picked from the list changes at once; what a script put in changes with Enter alone.
  input.addEventListener("change", tell);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") tell(); });
  const label = make("label", { htmlFor: id, textContent: knob.label });
  const place = make("div", { className: "mtl-knob mtl-typed" }, make("div", {}, label), input, list);
  return { place, show(text) { input.value = told = text; } };
}

const LOOKS = { range: slider, choice, ticks, typed };

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

/* The place of one picture; `show` draws what is new in it, `turn` is told what a click asks for. */
function frame(root, turn) {
  const title = make("p", { className: "mtl-title" });
  const note = make("p", { className: "mtl-note" });
  const body = make("div", { className: "mtl-body" });
  const caption = make("figcaption");
  const place = make("figure", { className: "mtl-picture" }, title, note, body, caption);
  let plot = null;
  let listens = false;
  let shown = {};
  let drawn = "";
  function draw() {
    const width = body.clientWidth;
    if (!shown.data || !width) return;
    const colours = themed(root);
    const roomy = width >= Math.max(WIDE, enough(facets(shown)));
    const layout = painted(roomy ? shown.wide : shown.narrow, colours);
    Plotly.react(plot, painted(shown.data, colours), { ...layout, width }, CONFIG);
    if (!listens) plot.on("plotly_click", clicked);
    listens = true;
  }
  function clicked({ points }) {
    if (shown.turns) turn(shown.turns.knob, shown.turns.texts[Math.round(points[0].y)]);
  }
  function fill() {
    if (plot) Plotly.purge(plot);
    plot = null;
    listens = false;
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
      place.classList.toggle("mtl-clicks", Boolean(picture.turns));
      place.style.setProperty("--mtl-facets", facets(picture));
      place.style.setProperty("--mtl-enough", `${enough(facets(picture))}px`);
      title.textContent = picture.title;
      caption.textContent = picture.caption;
      if (text === drawn) return;
      drawn = text;
      if (sort || !plot) fill();
      if (plot) plot.setAttribute("aria-label", picture.alt);
      draw();
    },
    mark({ note: words, old }) {
      place.classList.toggle("mtl-old", old);
      note.textContent = words;
    },
    close() {
      resized.disconnect();
      if (plot) Plotly.purge(plot);
      place.remove();
    },
  };
}

/* How many facets of a picture stand side by side where there is room. */
function facets(picture) {
  if (!picture.wide) return 3;
  const left = Object.entries(picture.wide).filter(([key]) => key.startsWith("xaxis"));
  return new Set(left.map(([, axis]) => (axis.domain || [0])[0])).size;
}

/* The width in pixels that so many facets side by side need. */
function enough(across) {
  return across === 1 ? FACET + BESIDE : Math.max(WIDE, across * FACET + BESIDE);
}

/* A line of text with a button that copies it. */
function copied(offer, label) {
  const text = make("input", { type: "text", readOnly: true });
  text.setAttribute("aria-label", label);
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
  const own = `mtl-explorer-${Math.random().toString(36).slice(2)}`;
  const controls = model.get("controls");
  const moved = (changes) => {
    Object.entries(changes).forEach(([name, value]) => model.set(name, value));
    model.set("move", model.get("move") + 1);
    model.save_changes();
    showStatus();
  };
  const turn = (name) => (text) => moved({ texts: { ...model.get("texts"), [name]: text } });
  const press = (what) => () => { moved({}); model.send({ do: what }); };
  const knobs = controls.map((knob) => ({
    ...LOOKS[knob.looks](knob, `${own}-${knob.name}`, turn(knob.name)), knob,
  }));
  const placed = (main) => knobs.filter(({ knob }) => knob.main === main).map((knob) => knob.place);

  const words = make("span", { className: "mtl-words", tabIndex: -1 });
  words.setAttribute("role", "status");
  const detail = make("span", { className: "mtl-detail" });
  const bar = make("progress", { max: 1, value: 0 });
  bar.setAttribute("aria-label", "progress of the training");
  const left = make("span", { className: "mtl-left" });
  const cancel = make("button", { type: "button", textContent: "Cancel" });
  cancel.addEventListener("click", press("cancel"));
  const again = make("button", { type: "button", textContent: "Train again" });
  again.addEventListener("click", press("again"));
  const line = make("div", { className: "mtl-status" }, cancel, again, words, detail, bar, left);

  // A notebook has no address that would lead others here: the line of code comes first.
  const code = copied("Copy setting", "line of Python that restores the knobs");
  const link = copied("Copy link's end", "end of a link to the report's page");
  const more = make("details", { className: "mtl-more" },
    make("summary", { textContent: "More knobs" }),
    make("div", { className: "mtl-knobs" }, ...placed(false)));
  const pictures = make("div", { className: "mtl-pictures" });
  const root = make("section", { className: "mtl-explorer", id: own },
    make("p", { className: "mtl-hint", textContent: model.get("hint") }),
    make("div", { className: "mtl-knobs" }, ...placed(true)),
    ...(placed(false).length ? [more] : []), line, pictures,
    make("div", { className: "mtl-copies" }, code.place, link.place));
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
      each.place.hidden = told.off.includes(each.knob.name);
      if (each.limit) each.limit(told.most[each.knob.name]);
      if (each.price) each.price(told.costs[each.knob.name] || {});
    });
    link.text.value = told.link;
    code.text.value = told.line;
  }
  function showStatus() {
    const status = model.get("status");
    const heard = status.move >= model.get("move");
    const state = heard ? status.state : "asked";
    const under = ["asked", "waiting", "running"].includes(state);
    const focused = document.activeElement === cancel || document.activeElement === again;
    root.dataset.state = state;
    root.dataset.run = status.run;
    // What changes once a run is read out; epochs and seconds are for the eye.
    const said = heard ? status.words : "waiting for the kernel";
    if (words.textContent !== said) words.textContent = said;
    detail.textContent = heard ? status.detail : "";
    bar.hidden = !under;
    bar.value = (heard && status.progress) || 0;
    left.textContent = heard ? status.left : "";
    cancel.hidden = !under;
    again.hidden = !["cancelled", "failed"].includes(state);
    if (focused && cancel.hidden !== again.hidden) (cancel.hidden ? again : cancel).focus();
    else if (focused && cancel.hidden) words.focus();
  }
  function showPlots() {
    const plots = model.get("plots");
    while (frames.length > plots.length) frames.pop().close();
    while (frames.length < plots.length) {
      frames.push(frame(root, (name, text) => turn(name)(text)));
      pictures.append(frames.at(-1).place);
    }
    plots.forEach((picture, at) => frames[at].show(picture));
    showMarks();
  }
  function showMarks() {
    const marks = model.get("marks");
    model.get("plots").forEach(({ name }, at) => {
      if (frames[at]) frames[at].mark(marks[name] || { note: "", old: false });
    });
  }
  const listened = {
    told: showTold, texts: showTexts, status: showStatus, plots: showPlots, marks: showMarks,
  };
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
  views += 1;
  return () => {
    views -= 1;
    setTimeout(() => {
      try {
        if (!views) model.send({ do: "gone" });
      } catch { /* the kernel is gone as well */ }
    }, GONE);
    themes.disconnect();
    clearTimeout(soon);
    Object.entries(listened).forEach(([name, show]) => model.off(`change:${name}`, show));
    while (frames.length) frames.pop().close();
  };
}

export default { render };
