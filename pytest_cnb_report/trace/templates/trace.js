"use strict";

/* Which sentences are shown: by words, by status, by document. */
(() => {
  const form = document.getElementById("choice"), shown = document.getElementById("shown");
  const all = [...document.querySelectorAll("article.sentence")].map((element) => ({
    element,
    words: `${element.closest("details.section").querySelector("summary").textContent} ${element.textContent}`.toLowerCase(),
    status: element.dataset.status,
    document: element.closest("section.document").dataset.document,
  }));

  function apply() {
    const chosen = new FormData(form), statuses = chosen.getAll("status");
    const words = chosen.get("words").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const each of all) {
      const fits = statuses.includes(each.status)
        && (!chosen.get("document") || chosen.get("document") === each.document)
        && words.every((word) => each.words.includes(word));
      each.element.hidden = !fits;
      count += fits;
    }
    for (const part of document.querySelectorAll("details.section, section.document"))
      part.hidden = !part.querySelector("article.sentence:not([hidden])");
    shown.textContent = `${count} of ${all.length} sentences`;
  }

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches("article.sentence") || !target.hidden) return;
    form.reset();
    apply();
    target.scrollIntoView();
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", follow);
  apply();
  follow();
})();
