import type { Knowledge } from "../domain/evaluate.ts";
import type { Instant } from "../domain/time.ts";
import type { FlagSnapshots } from "./flag-snapshots.ts";

/** How well the flags of an application are known, as metrics show it. */
interface SampledFlags {
  readonly application: string;
  readonly knowledge: Knowledge;
  readonly knownAt: Instant | null;
}

export async function sampleFlags(flags: FlagSnapshots): Promise<readonly SampledFlags[]> {
  const all = await flags.all();
  return all.map(({ policy, knowledge, knownAt }) => ({
    application: policy.application.name,
    knowledge,
    knownAt,
  }));
}
