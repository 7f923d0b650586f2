"use strict";

/* Lines of two texts side by side, and what differs in them. */
const difference = (() => {
  const MOST_STEPS = 4_000_000;
  const CONTEXT = 3;

  /* Pairs of lines: [left, right, kind], kind one of "same", "differs" (both there) and "alone". */
  function pairs(left, right) {
    const a = left.split("\n"), b = right.split("\n");
    let start = 0, endA = a.length, endB = b.length;
    while (start < endA && start < endB && a[start] === b[start]) start++;
    while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) { endA--; endB--; }
    const same = (line) => [line, line, "same"];
    return [
      ...a.slice(0, start).map(same),
      ...middle(a.slice(start, endA), b.slice(start, endB)),
      ...a.slice(endA).map(same),
    ];
  }

  /* The longest common subsequence; what lies between two common lines is paired in order. */
  function middle(a, b) {
    if (a.length * b.length > MOST_STEPS) return between(a, b);
    const width = b.length + 1, lengths = new Uint32Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--)
      for (let j = b.length - 1; j >= 0; j--)
        lengths[i * width + j] = a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    const found = [];
    let i = 0, j = 0, fromI = 0, fromJ = 0;
    while (i < a.length && j < b.length) {
      if (a[i] === b[j]) {
        found.push(...between(a.slice(fromI, i), b.slice(fromJ, j)), [a[i], b[j], "same"]);
        fromI = ++i; fromJ = ++j;
      } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i++;
      else j++;
    }
    found.push(...between(a.slice(fromI), b.slice(fromJ)));
    return found;
  }

  function between(a, b) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
      [a[i], b[i], i < a.length && i < b.length ? "differs" : "alone"]);
  }

  /* A line's own part that its partner lacks: [before, differing, after], cut between characters. */
  function parts(text, other) {
    const a = [...text], b = [...other];
    const most = Math.min(a.length, b.length);
    let start = 0, end = 0;
    while (start < most && a[start] === b[start]) start++;
    while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    return [a.slice(0, start), a.slice(start, a.length - end), a.slice(a.length - end)]
      .map((piece) => piece.join(""));
  }

  /* Stretches of equal lines that are worth folding away, as [from, to) over the pairs. */
  function alike(found) {
    const stretches = [];
    for (let i = 0, from = 0; i <= found.length; i++) {
      if (i < found.length && found[i][2] === "same") continue;
      const first = from === 0 ? 0 : from + CONTEXT, last = i === found.length ? i : i - CONTEXT;
      if (last - first > 2 * CONTEXT && (from !== 0 || i !== found.length)) stretches.push([first, last]);
      from = i + 1;
    }
    return stretches;
  }

  /* One text below the other, as a patch shows them: [line, line, kind], kind "same", "removed" or "added". */
  function unified(before, after) {
    const found = [], removed = [], added = [];
    const flush = () => found.push(...removed.splice(0), ...added.splice(0));
    for (const [left, right, kind] of pairs(before, after)) {
      if (kind === "same") {
        flush();
        found.push([left, right, kind]);
        continue;
      }
      if (left !== undefined) removed.push([left, left, "removed"]);
      if (right !== undefined) added.push([right, right, "added"]);
    }
    flush();
    return found;
  }

  return { pairs, parts, alike, unified };
})();
