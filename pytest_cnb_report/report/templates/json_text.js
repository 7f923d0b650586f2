/* JSON with a line for each member. Numbers stay as they were written: a script has no integers past 2^53. */
const jsonText = (() => {
  const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  /* Labels in which lifecycle and buildpacks keep JSON of their own; a rebase changes the first. */
  const HOLDS_JSON = new Set(["io.buildpacks.lifecycle.metadata", "io.buildpacks.build.metadata", "io.buildpacks.project.metadata"]);

  /* Laid out, or null where `text` is no JSON, such as what was cut for its length. With `sorted`, what means the same
     is written the same: members by name, strings with the fewest escapes. */
  function formatted(text, sorted = false) {
    const found = parsed(text);
    return found === null ? null : written(found, "", sorted);
  }

  function parsed(text) {
    try {
      const value = JSON.parse(text);
      return value !== null && typeof value === "object" ? tree(text) : null;
    } catch { // also for what nests too deeply
      return null;
    }
  }

  /* A list of pairs for an object, of values for an array, else the token. */
  function tree(text) {
    const tokens = text.match(TOKEN);
    let at = 0;
    function value() {
      const token = tokens[at++];
      if (token === "{") return { open: "{", close: "}", items: items("}", () => [tokens[at++], (at++, value())]) };
      if (token === "[") return { open: "[", close: "]", items: items("]", value) };
      return token;
    }
    function items(end, item) {
      const found = [];
      while (tokens[at] !== end) {
        found.push(item());
        if (tokens[at] === ",") at++;
      }
      at++;
      return found;
    }
    return value();
  }

  function written(node, indent, sorted) {
    if (typeof node === "string") return sorted && node.startsWith('"') ? JSON.stringify(JSON.parse(node)) : node;
    if (node.items.length === 0) return node.open + node.close;
    const inner = `${indent}  `;
    const isObject = node.open === "{";
    const all = sorted && isObject ? [...node.items].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) : node.items;
    const lines = all.map((item) => inner + (isObject ? member(item, inner, sorted) : written(item, inner, sorted)));
    return `${node.open}\n${lines.join(",\n")}\n${indent}${node.close}`;
  }

  function member([key, node], indent, sorted) {
    if (HOLDS_JSON.has(JSON.parse(key)) && typeof node === "string" && node.startsWith('"')) {
      const held = parsed(JSON.parse(node));
      if (held !== null) return `${key}: JSON text ${written(held, indent, sorted)}`;
    }
    return `${written(key, indent, sorted)}: ${written(node, indent, sorted)}`;
  }

  return { formatted };
})();
