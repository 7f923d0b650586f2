"use strict";

/* Which rows are shown. */
(() => {
  const form = document.getElementById("choice"), shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("tr.row")];

  function apply() {
    const wanted = new FormData(form).get("show");
    for (const row of rows) {
      row.hidden = wanted !== "all" && !row.classList.contains(wanted);
      show(row, row.querySelector(".toggle").getAttribute("aria-expanded") === "true");
    }
    for (const body of document.querySelectorAll(".matrix tbody"))
      body.hidden = ![...body.querySelectorAll("tr.row")].some((row) => !row.hidden);
    shown.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} requirements`;
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
  form.addEventListener("change", apply);
  window.addEventListener("hashchange", follow);
  for (const row of rows) show(row, false);
  apply();
  follow();
})();
