import type { YamlPath } from "../adapters/files/yaml-document.ts";
import type { FlagKind } from "../domain/flag.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Finding } from "./policy-issues.ts";
import type { WrittenPolicy } from "./policy-schema.ts";

/** Finds one kind of mistake that the shape of the file does not show. */
export type Rule = (context: RuleContext) => void;

/** What a rule sees, and how it tells what it found. */
export interface RuleContext {
  readonly policy: WrittenPolicy;
  /** The policy's flags as a map, because a flag may be called `constructor`. */
  readonly flags: ReadonlyMap<string, WrittenFlag>;
  /** Names that the file declares, whether or not their declaration is otherwise in order. */
  readonly names: DeclaredNames;
  /** Whether the file has a value at this path of `policy`, but one of a wrong shape. */
  isLeftOut(path: YamlPath): boolean;
  /** Whether that holds for something below this path. */
  hasLeftOut(path: YamlPath): boolean;
  report(path: YamlPath, message: string, part?: Finding["part"]): void;
}

interface DeclaredNames {
  readonly flags: ReadonlySet<string>;
  readonly gates: ReadonlySet<string>;
  readonly plans: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
}

type NameKind = "flag" | "gate" | "plan" | "metric";

/** Reports a name that nothing declares; says whether it is declared. */
export function isKnown(
  context: RuleContext,
  kind: NameKind,
  name: string,
  path: YamlPath,
  part: Finding["part"] = "value",
): boolean {
  const known = context.names[`${kind}s`];
  if (known.has(name)) return true;
  // Without any declaration the missing section is the mistake, and has been told.
  if (kind !== "flag" || known.size > 0)
    context.report(path, `unknown ${kind} "${name}"${didYouMean(name, known)}`, part);
  return false;
}

/** Reports a flag that is unknown, or that rollbacks and plans must not move. */
export function expectReleaseFlag(
  context: RuleContext,
  name: string,
  path: YamlPath,
  part: Finding["part"] = "value",
): void {
  if (!isKnown(context, "flag", name, path, part)) return;
  const kind = context.flags.get(name)?.kind ?? "release";
  if (kind !== "release")
    context.report(path, `"${name}" is ${KIND_WORDS[kind]}, which only operators switch`, part);
}

/** As `expectReleaseFlag`; nor may the flag be protected. */
export function expectRollbackFlag(context: RuleContext, name: string, path: YamlPath): void {
  expectReleaseFlag(context, name, path);
  if (context.flags.get(name)?.protected)
    context.report(path, `"${name}" is protected: a rollback never changes it`);
}

export const KIND_WORDS: Readonly<Record<FlagKind, string>> = {
  release: "a release flag",
  "kill-switch": "a kill switch",
  operational: "an operational switch",
};

type WrittenFlag = WrittenPolicy["flags"][string];

/** The phases that have a flag. */
export interface Phases {
  has(phase: number | string): boolean;
}

/** The phases of the release flags that are wanted. A flag whose phase cannot be read may be in any of them. */
export function phasesOf(
  context: RuleContext,
  isWanted: (flag: WrittenFlag, key: string) => boolean,
): Phases {
  const phases = new Set<string>();
  let isComplete = true;
  for (const [key, flag] of context.flags) {
    if (flag.phase !== undefined && flag.kind === "release" && isWanted(flag, key))
      phases.add(String(flag.phase));
    if (context.isLeftOut(["flags", key, "phase"])) isComplete = false;
  }
  return { has: (phase) => !isComplete || phases.has(String(phase)) };
}

/** Reports every item of a list whose name an earlier item has. */
export function expectUnique(
  context: RuleContext,
  what: string,
  names: readonly string[],
  pathOf: (index: number) => YamlPath,
): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) context.report(pathOf(index), `${what} "${name}" is declared twice`);
    seen.add(name);
  }
}
