/* The filter above the claims. What is chosen stands in the address as #verdict=fails&words=..., so
   that it can be sent to someone and the browser's Back works; #id-of-a-claim leads to that claim. */

(() => {
  "use strict";

  const form = document.querySelector("form.mtl-filter");
  if (!form) {
    return;
  }
  const fields = ["lesson", "verdict", "evidence", "words"].map((name) => form.elements[name]);
  const words = form.elements.words;
  const claims = Array.from(document.querySelectorAll(".mtl-claim"), (article) => ({
    article,
    text: `${article.id} ${article.textContent}`.toLowerCase(),
  }));
  const sections = new Set(claims.map(({ article }) => article.closest("section")));

  const fits = ({ article, text }) =>
    fields.every(
      (field) => field === words || !field.value || article.dataset[field.name] === field.value,
    ) &&
    words.value
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word));

  function apply() {
    let shown = 0;
    for (const claim of claims) {
      claim.article.hidden = !fits(claim);
      shown += claim.article.hidden ? 0 : 1;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector(".mtl-claim:not([hidden])");
    }
    form.querySelector(".mtl-count").textContent = `${shown} of ${claims.length} claims shown`;
    form.querySelector(".mtl-nothing").hidden = shown > 0;
  }

  function choose(chosen) {
    for (const field of fields) {
      field.value = chosen.get(field.name) ?? "";
      if (field.selectedIndex === -1) {
        field.value = ""; // an address may name what is not there
      }
    }
    apply();
  }

  function readAddress() {
    const fragment = location.hash.slice(1);
    if (fragment.includes("=") || !fragment) {
      choose(new URLSearchParams(fragment));
      return;
    }
    const target = document.getElementById(decodeURIComponent(fragment));
    if (target?.closest("[hidden]")) {
      choose(new URLSearchParams());
      target.scrollIntoView();
    }
  }

  function writeAddress(typing) {
    const chosen = fields
      .filter((field) => field.value.trim())
      .map((field) => [field.name, field.value.trim()]);
    const address = `${location.pathname}${location.search}`;
    const fragment = chosen.length ? `#${new URLSearchParams(chosen)}` : "";
    // The letters of one search are one step back, not one each.
    const how = typing && history.state?.typing ? "replaceState" : "pushState";
    history[how]({ typing }, "", address + fragment);
  }

  form.addEventListener("input", (event) => {
    apply();
    writeAddress(event.target === words);
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    choose(new URLSearchParams());
    writeAddress(false);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", readAddress);
  form.hidden = false;
  apply();
  readAddress();
})();
