/* What one result opens to. Text enters the page as text only, never as markup. */
const drawn = (() => {
  const DERIVED = "The source states it without an RFC 2119 keyword.";
  const UNMET = ["fail", "warn", "known-failure"];

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") made.className = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  /* What stands between backticks is code; a short name is not broken at its hyphens. */
  function prose(text) {
    const parts = text.split("`");
    if (parts.length % 2 === 0) return [text];
    return parts.map((part, i) => (i % 2 ? element("code", part.length > 28 ? {} : { class: "short" }, part) : part));
  }

  function block(text, copied = null) {
    const pre = element("pre", { tabindex: "0" }, text);
    if (copied === null) return element("div", { class: "block" }, pre);
    const button = element("button", { type: "button", class: "copy" }, "Copy");
    button.addEventListener("click", async () => {
      button.textContent = (await copy(copied)) ? "Copied" : "Select and copy";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    return element("div", { class: "block" }, button, pre);
  }

  /* A page opened from disk may not have the clipboard; a selection always works. */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = element("textarea", { readonly: "", style: "position:fixed;opacity:0" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function sides(expected, actual) {
    const made = element("div", { class: "sides", role: "group", "aria-label": "Expected and found" });
    made.append(element("div", { class: "head" }, "Expected"), element("div", { class: "head" }, "Found"));
    const pairs = difference.pairs(expected, actual);
    const folds = difference.alike(pairs);
    for (let i = 0; i < pairs.length; i++) {
      const fold = folds.find(([from]) => from === i);
      if (fold) {
        made.append(folded(pairs.slice(...fold)));
        i = fold[1] - 1;
      } else made.append(...lines(pairs[i]));
    }
    return made;
  }

  function folded(pairs) {
    const button = element("button", { type: "button", class: "alike" }, `⋯ ${pairs.length} unchanged lines`);
    const filler = element("span", { hidden: "" });
    button.addEventListener("click", () => {
      filler.remove();
      button.replaceWith(...pairs.flatMap(lines));
    });
    const both = document.createDocumentFragment();
    both.append(button, filler);
    return both;
  }

  function lines([left, right, kind]) {
    return [line(left, right, kind, "expected"), line(right, left, kind, "found")];
  }

  function line(text, other, kind, side) {
    if (text === undefined) return element("div", { class: "line absent", "aria-hidden": "true" });
    const made = element("div", { class: `line ${kind === "same" ? "" : kind}` });
    if (kind === "alone") made.append(element("mark", { "aria-label": `only ${side}: ${text}` }, text));
    else if (kind === "differs") {
      const [before, differing, after] = difference.parts(text, other);
      made.append(before, differing ? element("mark", {}, differing) : "", after);
    } else made.append(text);
    return made;
  }

  function details(title, count, ...children) {
    const summary = element("summary", {}, title, count === null ? null : element("span", { class: "n" }, ` ${count}`));
    return element("details", {}, summary, ...children);
  }

  function file([name, content]) {
    return details(name, null, block(jsonText.formatted(content) ?? content, content));
  }

  /* Drawn when it is opened first: a difference of long texts takes its time. */
  function later(title, count, draw) {
    const made = details(title, count);
    made.addEventListener("toggle", () => made.append(...draw()), { once: true });
    return made;
  }

  /* A rebase: what it made of the app image, which is the first of those from before. */
  function changes(files) {
    return ["config", "manifest"].flatMap((kind) => {
      const before = files.find(([name]) => name.startsWith(`${kind} before: `));
      return files.filter(([name]) => before && name.startsWith(`${kind} after: `)).map(([name, content]) =>
        later(`What the rebase changed in the ${kind}`, name.split(": ", 2)[1], () => changed(before[1], content)));
    });
  }

  function changed(before, after) {
    const texts = [before, after].map((text) => jsonText.formatted(text, true));
    if (texts.includes(null)) return [element("p", { class: "n" }, "Too long to compare, or not JSON: see both files below.")];
    const rows = difference.unified(...texts);
    const counts = ["removed", "added"].map((kind) => rows.filter((row) => row[2] === kind).length);
    if (counts[0] + counts[1] === 0)
      return [element("p", { class: "n" }, before === after ? "Nothing." : "Only the formatting of the JSON.")];
    return [element("p", { class: "n" }, `Lines removed (−): ${counts[0]}; lines added (+): ${counts[1]}`), patch(rows)];
  }

  function patch(rows) {
    const made = element("div", { class: "patch", role: "group", tabindex: "0", "aria-label": "Difference" });
    const folds = difference.alike(rows);
    for (let i = 0; i < rows.length; i++) {
      const fold = folds.find(([from]) => from === i);
      if (fold) {
        made.append(foldedRows(rows.slice(...fold)));
        i = fold[1] - 1;
      } else made.append(patchLine(rows[i]));
    }
    return made;
  }

  function foldedRows(rows) {
    const button = element("button", { type: "button", class: "alike" }, `⋯ ${rows.length} unchanged lines`);
    button.addEventListener("click", () => button.replaceWith(...rows.map(patchLine)));
    return button;
  }

  function patchLine([text, , kind]) {
    const tag = { removed: "del", added: "ins", same: "div" }[kind];
    return element(tag, { class: `line ${kind}` }, text);
  }

  function term(list, name, ...values) {
    list.append(element("dt", {}, name), ...values.filter(Boolean).map((value) =>
      element("dd", {}, ...(typeof value === "string" ? prose(value) : [value]))));
  }

  function source(requirement) {
    if (!requirement.url) return requirement.source;
    return element("a", { href: requirement.url, rel: "noreferrer" }, requirement.source || requirement.url);
  }

  function evidence(seen, phase) {
    const files = [...(phase === "rebaser" ? changes(seen.files) : []), ...seen.files.map(file)];
    if (!seen.command) return files; // a build that was made elsewhere: only what it left is known
    const left = seen.unkilled.length ? `; could not be killed: ${seen.unkilled.join(", ")}` : "";
    const ended = (seen.exit === null ? "timed out" : `exit code ${seen.exit}`) + left;
    const found = [
      details("Command and environment", `${ended}, ${seen.duration.toFixed(2)}\u00a0s`,
        block([...seen.environment, "", seen.command].join("\n").trim(), seen.whole)),
    ];
    const output = [["stdout", seen.stdout], ["stderr", seen.stderr]].filter(([, text]) => text);
    found.push(details("Output of the lifecycle", output.length ? null : "none",
      ...output.flatMap(([name, text]) => [element("h4", {}, name), block(text)])));
    found.push(details("HTTP requests", seen.requests.length || "none",
      ...(seen.requests.length ? [requests(seen.requests)] : [])));
    return [...found, ...files];
  }

  function requests(rows) {
    const row = ([method, path, status, note, at]) => element("tr", {},
      element("td", { class: "at" }, at === null ? "" : `${at.toFixed(2)}\u00a0s`),
      element("td", {}, method),
      element("td", { class: status >= 400 ? "bad" : "" }, status ? String(status) : ""),
      element("td", {}, path, note ? element("span", { class: "n" }, ` ${note}`) : null));
    const heads = ["Time", "Method", "Status", "Path"].map((name) => element("th", { scope: "col" }, name));
    return element("table", { class: "requests" },
      element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows.map(row)));
  }

  function panel(result, outcome) {
    const made = element("div", { class: "result" });
    made.append(element("p", { class: "finding" },
      element("span", { class: `word o-${outcome.value}` }, outcome.word), ...prose(result.message)));
    if (result.expected !== result.actual) made.append(sides(result.expected, result.actual));
    else if (!result.nothing)
      made.append(element("div", {}, element("h4", {}, "Expected and found"), block(result.actual)));
    const facts = element("dl");
    term(facts, "Requirement", element("code", {}, result.requirement.id), result.requirement.statement);
    if (result.requirement.source || result.requirement.url)
      term(facts, "Source", source(result.requirement), ...(result.requirement.derived ? [DERIVED] : []));
    if (result.scenario) {
      const [words, link] = result.scenario;
      term(facts, "Scenario", element("a", { href: link, rel: "noreferrer" }, result.case), words);
    }
    if (result.readings.length) term(facts, "Open question", ...result.readings);
    if (result.requirement.hint && UNMET.includes(outcome.value)) term(facts, "What to do", result.requirement.hint);
    if (result.cause) term(facts, "Depends on", element("a", { href: `#${result.cause}` }, result.cause));
    if (result.reason) term(facts, "Known failure", result.reason);
    term(facts, "Link", element("a", { href: `#${result.id}` }, `#${result.id}`));
    made.append(facts);
    if (result.reproduce)
      made.append(element("div", {}, element("h4", {}, "Reproduce"), block(result.reproduce, result.reproduce)));
    if (result.folder)
      made.append(element("p", {}, "Folder to reproduce it by hand: ",
        element("a", { href: `${result.folder.split("/").map(encodeURIComponent).join("/")}/README.txt` }, result.folder),
        ", with run.sh, all inputs and images"));
    if (result.simplify)
      made.append(element("div", {}, element("h4", {}, "Find out which differences it needs"), block(result.simplify, result.simplify)));
    if (result.evidence) made.append(...evidence(result.evidence, result.phase));
    return made;
  }

  return { element, panel };
})();
