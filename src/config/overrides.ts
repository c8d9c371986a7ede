import { overrideVariableOf, withOverrides } from "../domain/override.ts";
import type { Policy } from "../domain/policy.ts";
import { loadPolicies } from "./policy-files.ts";
import { formatProblem } from "./problem.ts";
import type { Environment } from "./setting-source.ts";

export interface PoliciesInForce {
  /** Of use only where there are no problems. */
  readonly policies: readonly Policy[];
  /** Of the files, as `file:line:column: message`, and of the environment, as `VARIABLE: message`. */
  readonly problems: readonly string[];
}

/** The policies of a path with the overrides of the environment: what decides, and what is shown. */
export function loadPoliciesInForce(path: string, environment: Environment): PoliciesInForce {
  const { policies, problems } = loadPolicies(path);
  const overridden = overridePolicies(policies, environment);
  return { ...overridden, problems: [...problems.map(formatProblem), ...overridden.problems] };
}

/** A variable that is set and empty, or blank, counts as absent, as with every setting. */
export function overridePolicies(policies: readonly Policy[], environment: Environment): PoliciesInForce {
  const reader = new OverrideReader(environment);
  const overridden = policies.map((policy) => withOverrides(policy, reader.read(policy)));
  return { policies: overridden, problems: reader.problems() };
}

const VALUES: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["off", false],
]);

/** A longer text was never meant for a flag, and may be a secret: it is not repeated. */
const LONGEST_SHOWN = 12;

class OverrideReader {
  readonly #environment: Environment;
  /** By variable: which flags of which applications it would override, were it right. */
  readonly #unreadable = new Map<string, string[]>();
  readonly #ambiguous: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  read({ application: { name }, flags }: Policy): Map<string, boolean> {
    const overrides = new Map<string, boolean>();
    for (const [variable, [key, ...others]] of flagsByVariable(flags.keys())) {
      const text = this.#textOf(variable);
      if (text === "") continue;
      const value = VALUES.get(text.toLowerCase());
      if (others.length > 0) this.#ambiguous.push(ambiguous(variable, [key, ...others], name));
      else if (value === undefined) this.#note(variable, `${key} of ${name}`);
      else overrides.set(key, value);
    }
    return overrides;
  }

  problems(): string[] {
    const unreadable = [...this.#unreadable].map(([variable, flags]) =>
      noOverride(variable, this.#textOf(variable), flags),
    );
    return [...unreadable, ...this.#ambiguous];
  }

  #textOf(variable: string): string {
    return this.#environment[variable]?.trim() ?? "";
  }

  #note(variable: string, flag: string): void {
    this.#unreadable.set(variable, [...(this.#unreadable.get(variable) ?? []), flag]);
  }
}

/** No two keys differ in upper and lower case only, but in their dots and dashes some may. */
function flagsByVariable(keys: Iterable<string>): Map<string, [string, ...string[]]> {
  const found = new Map<string, [string, ...string[]]>();
  for (const key of keys) {
    const variable = overrideVariableOf(key);
    const same = found.get(variable);
    if (same === undefined) found.set(variable, [key]);
    else same.push(key);
  }
  return found;
}

/** Also for whoever never meant to override anything: every process has a PATH, and a flag may be called so. */
function noOverride(variable: string, text: string, flags: readonly string[]): string {
  const value = text.length > LONGEST_SHOWN ? `its value of ${text.length} characters` : JSON.stringify(text);
  const which = `the flag${flags.length === 1 ? "" : "s"} ${flags.join(", ")}`;
  return `${variable}: ${value} overrides nothing: this variable is the environment override of ${which}, and may be true, false, 1, 0, on or off; unset it, or rename the flag if the variable is there for something else`;
}

function ambiguous(variable: string, keys: readonly string[], application: string): string {
  const flags = keys.join(" and ");
  return `${variable}: it would be the environment override of ${flags} of ${application} alike; unset it, or rename one of them`;
}
