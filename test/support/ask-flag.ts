import { compileFlags, evaluate, type Knowledge } from "../../src/domain/evaluate.ts";
import type { FlagPolicies, FlagPolicy, FlagSetting } from "../../src/domain/flag.ts";
import type { Attributes } from "../../src/domain/targeting.ts";
import { policyOf } from "./policies.ts";

export const NOW = 1_790_000_000_000;

export type Given = Partial<FlagPolicy> & { key: string };

export function flagsOf(...flags: readonly Given[]): FlagPolicies {
  return policyOf({ flags }).flags;
}

export interface Asked {
  readonly user?: string | undefined;
  readonly attributes?: Attributes;
  readonly now?: number;
  readonly stored?: Readonly<Record<string, FlagSetting & { readonly quarantinedBy?: string }>>;
  readonly knowledge?: Knowledge | undefined;
}

/** What somebody would be told of a flag. */
export function ask(flags: FlagPolicies, key: string, asked: Asked = {}) {
  const { attributes = {}, now = NOW, stored = {}, knowledge } = asked;
  const user = "user" in asked ? asked.user : "ada";
  const state = Object.entries(stored).map(
    ([flag, setting]) => [flag, { updatedAt: 0, updatedBy: "ada", quarantinedBy: null, ...setting }] as const,
  );
  const compiled = compileFlags(flags, { flags: new Map(state), revision: 7 }, knowledge).flags.get(key);
  if (compiled === undefined) throw new Error(`there is no ${key}`);
  return evaluate(compiled, user, attributes, now);
}
