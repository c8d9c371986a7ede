/** Lines around a change. */
const CONTEXT = 3;

/** Beyond this many changed lines the shortest script is not worth its search, which takes their square. */
const MAX_EDITS = 500;

interface Edit {
  readonly kind: " " | "-" | "+";
  readonly text: string;
}

/** The difference of two texts as `diff -u` writes it; empty when they are the same. */
export function unifiedDiff(before: string, after: string, beforeName: string, afterName: string): string {
  if (before === after) return "";
  const edits = editsBetween(linesOf(before), linesOf(after));
  const hunks = hunksOf(edits).map(({ from, to }) => hunkText(edits, from, to));
  return [`--- ${beforeName}`, `+++ ${afterName}`, ...hunks].join("\n");
}

/** A last line without its newline is not the same line. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  else lines.push("\\ No newline at end of file");
  return lines;
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return [
    ...before.slice(0, start).map(kept),
    ...shortestScript(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(kept),
  ];
}

/** Myers' O(ND) algorithm. */
function shortestScript(before: readonly string[], after: readonly string[]): Edit[] {
  const everything = [...before.map(removed), ...after.map(added)];
  if (before.length === 0 || after.length === 0) return everything;
  const reached: Map<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  for (let edits = 0; edits <= MAX_EDITS; edits++) {
    reached.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = stepFrom(furthest, diagonal, edits).x;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      furthest.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return backtrack(reached, before, after);
    }
    furthest = new Map(furthest);
  }
  return everything;
}

/** Where the edit that leads to a diagonal ends, and from which diagonal it came. */
function stepFrom(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number) {
  const below = furthest.get(diagonal + 1) ?? -1;
  const above = furthest.get(diagonal - 1) ?? -1;
  const isInsertion = diagonal === -edits || (diagonal !== edits && above < below);
  return isInsertion ? { x: below, from: diagonal + 1 } : { x: above + 1, from: diagonal - 1 };
}

function backtrack(
  reached: readonly ReadonlyMap<number, number>[],
  before: readonly string[],
  after: readonly string[],
): Edit[] {
  const edits: Edit[] = [];
  let x = before.length;
  let y = after.length;
  for (let count = reached.length - 1; count >= 0; count--) {
    const step = stepFrom(reached[count] ?? new Map(), x - y, count);
    const isFirst = count === 0;
    const stop = isFirst ? 0 : step.x;
    for (; x > stop; x--, y--) edits.push(kept(before[x - 1] ?? ""));
    if (isFirst) break;
    const isInsertion = step.from === x - y + 1;
    edits.push(isInsertion ? added(after[y - 1] ?? "") : removed(before[x - 1] ?? ""));
    if (isInsertion) y -= 1;
    else x -= 1;
  }
  return edits.reverse();
}

function hunksOf(edits: readonly Edit[]): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  for (const [index, { kind }] of edits.entries()) {
    if (kind === " ") continue;
    const last = hunks.at(-1);
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(edits.length, index + 1 + CONTEXT);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  return hunks;
}

function hunkText(edits: readonly Edit[], from: number, to: number): string {
  const count = (part: readonly Edit[], kind: Edit["kind"]): number =>
    part.filter((edit) => edit.kind === " " || edit.kind === kind).length;
  const range = (kind: Edit["kind"]): string => {
    const length = count(edits.slice(from, to), kind);
    return `${count(edits.slice(0, from), kind) + (length === 0 ? 0 : 1)},${length}`;
  };
  const lines = edits.slice(from, to).map(({ kind, text }) => `${kind}${text}`);
  return [`@@ -${range("-")} +${range("+")} @@`, ...lines].join("\n");
}

function kept(text: string): Edit {
  return { kind: " ", text };
}

function removed(text: string): Edit {
  return { kind: "-", text };
}

function added(text: string): Edit {
  return { kind: "+", text };
}
