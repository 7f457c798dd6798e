/* The buttons that copy a command. They appear only here: without a script they could do nothing. */
(function () {
  "use strict";

  function copied(text) {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    // A page opened as a file has no clipboard in every browser; a selection can be copied in all.
    var field = document.createElement("textarea");
    field.value = text;
    field.style.position = "fixed";
    field.style.opacity = "0";
    document.body.append(field);
    field.select();
    var done = document.execCommand("copy");
    field.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("cannot copy"));
  }

  function offer(button) {
    var label = button.textContent;
    var told = document.createElement("span");
    told.setAttribute("role", "status");
    told.className = "mtl-unseen";
    button.after(told);
    button.hidden = false;
    button.addEventListener("click", function () {
      var text = button.parentElement.querySelector("code").textContent;
      copied(text).then(function () { return "Copied"; }, function () { return "Not copied"; })
        .then(function (word) {
          button.textContent = word;
          told.textContent = word;
          button.focus();
          setTimeout(function () {
            button.textContent = label;
            told.textContent = "";
          }, 2000);
        });
    });
  }

  function start() { document.querySelectorAll(".mtl-copy").forEach(offer); }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
