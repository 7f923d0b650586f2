/* The table: filters, opening and closing, links to one result, keys. */
(() => {
  const MOST_ROWS = 200;
  const { element, panel } = drawn;
  const data = JSON.parse(document.getElementById("data").textContent);
  const text = (number) => (number < 0 ? null : data.texts[number]);
  const outcomes = data.outcomes.map(([value, glyph, word]) => ({ value, glyph, word }));
  const weight = ["error", "fail", "untestable", "known-failure", "warn", "observed", "pass", "not-applicable"];

  const results = data.results.map((row) => ({
    id: row[0], requirement: data.requirements[row[1]], phase: data.phases[row[2]], target: data.targets[row[3]],
    case: text(row[4]), outcome: outcomes[row[5]], row, shown: true,
  }));
  const byId = new Map(results.map((result) => [result.id, result]));
  const groups = new Map();
  for (const result of results) {
    const name = result.requirement.id;
    if (!groups.has(name)) groups.set(name, { results: [], place: null, all: false, opened: null });
    groups.get(name).results.push(result);
  }
  for (const body of document.querySelectorAll(".requirement")) groups.get(body.dataset.requirement).body = body;
  for (const group of groups.values())
    group.results.sort((a, b) => weight.indexOf(a.outcome.value) - weight.indexOf(b.outcome.value));

  const form = document.getElementById("filters"), search = document.getElementById("text");
  const shown = document.getElementById("shown"), clear = document.getElementById("clear");
  const fold = document.getElementById("fold"), none = document.getElementById("none");

  /* Filters: within one kind any of the chosen values, between kinds all of them. */
  function chosen(kind) {
    const pressed = form.querySelectorAll(`[data-filter="${kind}"] [aria-pressed="true"]`);
    return new Set([...pressed].map((button) => button.value));
  }

  function words(result) {
    result.words ??= [result.requirement.id, result.requirement.title, result.requirement.statement, result.case, text(result.row[6])]
      .join("\n").toLowerCase();
    return result.words;
  }

  function apply() {
    const outcome = chosen("outcome"), level = chosen("level"), phase = chosen("phase"), target = chosen("target");
    const sought = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = (set, value) => set.size === 0 || set.has(value);
    let count = 0, requirements = 0;
    for (const group of groups.values()) {
      let here = 0;
      for (const result of group.results) {
        result.shown = wanted(outcome, result.outcome.value) && wanted(level, result.requirement.level)
          && wanted(phase, result.phase) && wanted(target, result.target)
          && sought.every((word) => words(result).includes(word));
        here += result.shown;
      }
      group.body.hidden = here === 0;
      count += here;
      requirements += here > 0;
      if (group.opened) list(group);
    }
    for (const area of document.querySelectorAll(".area")) {
      let next = area.nextElementSibling, any = false;
      for (; next && next.matches(".requirement"); next = next.nextElementSibling) any ||= !next.hidden;
      area.hidden = !any;
    }
    const filtered = outcome.size + level.size + phase.size + target.size + sought.length > 0;
    const of = filtered ? ` of ${results.length.toLocaleString("en")}` : "";
    shown.textContent = `${count.toLocaleString("en")}${of} ${results.length === 1 ? "result" : "results"} in ${requirements} ${requirements === 1 ? "requirement" : "requirements"}`;
    clear.hidden = !filtered;
    none.hidden = count > 0;
  }

  function reset() {
    search.value = "";
    for (const button of form.querySelectorAll('[aria-pressed="true"]')) button.setAttribute("aria-pressed", "false");
    apply();
    keep();
  }

  /* The address keeps the filters, for a link to what is shown. */
  const KINDS = ["outcome", "level", "phase", "target"], SOUGHT = "search", OPEN = "open", MOST_OPEN = 20;

  function recall() {
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (name === SOUGHT) search.value = value;
      else if (KINDS.includes(name))
        form.querySelector(`[data-filter="${name}"] [value="${CSS.escape(value)}"]`)?.setAttribute("aria-pressed", "true");
    }
  }

  function keep() {
    const filters = KINDS.flatMap((kind) => [...chosen(kind)].map((value) => [kind, value]));
    if (search.value.trim()) filters.push([SOUGHT, search.value]);
    filters.push(...opened().slice(0, MOST_OPEN).map((name) => [OPEN, name]));
    const query = new URLSearchParams(filters).toString();
    history.replaceState(null, "", `${location.pathname}${query && "?"}${query}${location.hash}`);
  }

  /* What is open: results, and requirements of which none is. */
  function opened() {
    return [...groups].filter(([, group]) => group.opened).flatMap(([name, group]) => {
      const open = group.results.filter((result) => result.item?.firstChild.getAttribute("aria-expanded") === "true");
      return open.length ? open.map((result) => result.id) : [name];
    });
  }

  function reopen() {
    for (const name of new URLSearchParams(location.search).getAll(OPEN)) {
      const result = byId.get(name), group = groups.get(result ? result.requirement.id : name);
      if (!group) continue;
      group.all ||= result && group.results.indexOf(result) >= MOST_ROWS;
      if (!group.opened) open(group);
      if (result) show(result, true);
    }
  }

  /* The address names the row that was opened last, and no longer one that was closed. */
  function address(id, isOpen) {
    const named = location.hash === `#${id}`;
    if (isOpen) history.replaceState(null, "", `#${id}`);
    else if (named) history.replaceState(null, "", location.pathname + location.search);
    keep();
  }

  /* A requirement opens to its results, all of them or those of one place. */
  function open(group, place = null) {
    group.place = place;
    if (!group.opened) {
      const cell = element("td", { colspan: String(group.body.rows[0].cells.length), role: "cell" });
      group.opened = element("tr", { class: "opened", role: "row" }, cell);
      group.body.append(group.opened);
    }
    mark(group);
    list(group);
  }

  function close(group) {
    group.opened?.remove();
    group.opened = group.place = null;
    group.all = false;
    mark(group);
  }

  function mark(group) {
    const whole = group.opened !== null && group.place === null;
    group.body.querySelector(".open-requirement").setAttribute("aria-expanded", String(group.opened !== null));
    for (const cell of group.body.querySelectorAll(".cell"))
      cell.setAttribute("aria-expanded", String(!whole && isPlace(cell, group.place)));
    fold.hidden = ![...groups.values()].some((each) => each.opened);
  }

  const isPlace = (cell, place) => place !== null && cell.dataset.phase === place.phase && cell.dataset.target === place.target;

  function list(group) {
    const there = group.results.filter((result) => result.shown
      && (group.place === null || (result.phase === group.place.phase && result.target === group.place.target)));
    const rows = group.all ? there : there.slice(0, MOST_ROWS);
    const parts = [];
    if (group.place) parts.push(element("p", { class: "only" }, `Only ${group.place.phase}, ${group.place.target}. `,
      element("button", { type: "button", class: "quiet", onclick: () => open(group) }, "Show all places")));
    parts.push(element("ul", { class: "results" }, ...rows.map((result) => item(result))));
    if (rows.length < there.length) parts.push(element("button", {
      type: "button", class: "quiet more", onclick: () => { group.all = true; list(group); },
    }, `Show all ${there.length} results`));
    group.opened.firstChild.replaceChildren(...parts);
  }

  function item(result) {
    result.item ??= made(result);
    return result.item;
  }

  function made(result) {
    const toggle = element("button", { type: "button", class: "toggle open-result", "aria-expanded": "false" },
      element("span", { class: `mark o-${result.outcome.value}`, "aria-label": result.outcome.word, role: "img" }, result.outcome.glyph),
      element("span", { class: "at" }, `${result.phase}, ${result.target}`),
      element("span", { class: "case" }, result.case),
      element("span", { class: "said" }, text(result.row[6])));
    toggle.addEventListener("click", () => {
      show(result, toggle.getAttribute("aria-expanded") === "false");
      address(result.id, toggle.getAttribute("aria-expanded") === "true");
    });
    return element("li", { "data-result": result.id }, toggle);
  }

  function show(result, wanted) {
    const li = item(result);
    li.firstChild.setAttribute("aria-expanded", String(wanted));
    li.querySelector(".result")?.remove();
    if (wanted) li.append(panel(whole(result), result.outcome));
  }

  /* A result with its texts; made only when it is opened. */
  function whole(result) {
    const row = result.row, seen = row[13] < 0 ? null : data.evidence[row[13]];
    const expected = text(row[7]), actual = text(row[8]);
    return {
      ...result, message: text(row[6]), expected, actual, nothing: expected === "(missing)" && actual === expected,
      reproduce: text(row[9]), simplify: text(row[14]), folder: text(row[15]), cause: text(row[10]), reason: text(row[11]), readings: row[12].map(text), scenario: data.scenarios[`${result.phase}/${result.target}/${result.case}`],
      evidence: seen && {
        command: text(seen[0]), environment: seen[1].map(text), whole: text(seen[2]), exit: seen[3], duration: seen[4],
        stdout: text(seen[5]), stderr: text(seen[6]),
        requests: seen[7].map(([method, path, status, note, at]) => [text(method), text(path), status, text(note), at]),
        files: seen[8].map(([name, content]) => [text(name), text(content)]), unkilled: seen[9],
      },
    };
  }

  /* Links: #requirement opens it, #requirement/phase/target/case opens that one result. */
  function follow() {
    const name = location.hash.slice(1);
    const result = byId.get(name) ?? byId.get(decoded(name));
    const group = groups.get(result ? result.requirement.id : name);
    if (!group) return;
    if (group.body.hidden || (result && !result.shown)) reset();
    if (result) {
      group.all ||= group.results.indexOf(result) >= MOST_ROWS;
      open(group);
      show(result, true);
      aim(item(result), item(result).firstChild);
    } else {
      if (!group.opened) open(group);
      aim(group.body, group.body.querySelector(".open-requirement"));
    }
  }

  /* What was typed into the address bar may not be encoded well. */
  function decoded(name) {
    try {
      return decodeURI(name);
    } catch {
      return name;
    }
  }

  function aim(place, focus) {
    focus.focus({ preventScroll: true });
    place.scrollIntoView({ block: "start" });
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(); reset(); search.focus(); });
  form.addEventListener("input", apply);
  form.addEventListener("change", keep);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[aria-pressed]");
    if (!button) return;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
    apply();
    keep();
  });
  fold.addEventListener("click", () => {
    for (const group of groups.values()) close(group);
    history.replaceState(null, "", location.pathname + location.search);
    keep();
    search.focus();
  });
  document.querySelector("table.requirements").addEventListener("click", (event) => {
    const body = event.target.closest(".requirement");
    if (!body) return;
    const group = groups.get(body.dataset.requirement), cell = event.target.closest(".cell");
    if (cell) {
      isPlace(cell, group.place) ? close(group) : open(group, { ...cell.dataset });
      keep();
    } else if (event.target.closest(".open-requirement")) {
      group.opened ? close(group) : open(group);
      address(group.body.dataset.requirement, group.opened !== null);
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) { event.preventDefault(); follow(); }
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target.matches("input, textarea");
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) reset();
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches(".toggle")) {
      const toggles = [...document.querySelectorAll(".toggle")].filter((each) => each.checkVisibility());
      const next = toggles[toggles.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    }
  });
  window.addEventListener("hashchange", follow);
  function measure() {
    const height = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
    document.documentElement.style.setProperty("--bar", `${height}px`);
  }
  new ResizeObserver(measure).observe(form);

  recall();
  apply();
  measure();
  reopen();
  follow();
})();
