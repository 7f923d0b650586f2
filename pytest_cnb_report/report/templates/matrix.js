"use strict";

/* Which rows and columns are shown; the address keeps it. */
(() => {
  const form = document.getElementById("choice"), shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("tr.row")];
  const columns = [...document.querySelectorAll("th.column")];
  const lines = [...document.querySelectorAll(".matrix thead tr, tr.row")];

  function recall() {
    for (const [name, value] of new URLSearchParams(location.search)) {
      const choices = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
      for (const each of choices) {
        if (each.type === "radio") each.checked = each.value === value;
        else if ([...each.options].some((option) => option.value === value)) each.value = value;
      }
    }
    if (!new FormData(form).get("show")) form.querySelector("[name=show]").checked = true;
  }

  function keep() {
    const chosen = [...new FormData(form)].filter(([, value]) => value && value !== "all");
    const query = new URLSearchParams(chosen).toString();
    history.replaceState(null, "", `${location.pathname}${query && "?"}${query}${location.hash}`);
  }

  function apply() {
    const choice = new FormData(form), wanted = choice.get("show");
    const there = columns.map((column) => ["api", "profile"].every(
      (name) => !choice.get(name) || choice.get(name) === column.dataset[name]));
    for (const line of lines)
      there.forEach((is, number) => { line.cells[number + 1].hidden = !is; });
    for (const row of rows) {
      row.hidden = wanted !== "all" && !row.classList.contains(wanted);
      show(row, row.querySelector(".toggle").getAttribute("aria-expanded") === "true");
    }
    for (const body of document.querySelectorAll(".matrix tbody"))
      body.hidden = ![...body.querySelectorAll("tr.row")].some((row) => !row.hidden);
    const some = there.filter(Boolean).length;
    shown.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} requirements`
      + (some < there.length ? `, ${some} of ${there.length} runs` : "");
  }

  function show(row, wanted) {
    row.querySelector(".toggle").setAttribute("aria-expanded", String(wanted));
    row.nextElementSibling.hidden = row.hidden || !wanted;
  }

  function follow() {
    const row = document.getElementById(location.hash.slice(1));
    if (row?.matches("tr.row")) show(row, true);
  }

  document.querySelector(".matrix").addEventListener("click", (event) => {
    const toggle = event.target.closest(".toggle");
    if (toggle) show(toggle.closest("tr"), toggle.getAttribute("aria-expanded") === "false");
  });
  form.addEventListener("change", () => { apply(); keep(); });
  window.addEventListener("hashchange", follow);
  for (const row of rows) show(row, false);
  recall();
  apply();
  follow();
})();
