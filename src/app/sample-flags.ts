import type { Knowledge } from "../domain/evaluate.ts";
import type { Instant } from "../domain/time.ts";
import type { FlagEvaluations, RequestCounts } from "./flag-evaluations.ts";
import type { FlagSnapshots } from "./flag-snapshots.ts";

/** How well the flags of an application are known, and what of them was answered, as metrics show it. */
interface SampledFlags {
  readonly application: string;
  readonly knowledge: Knowledge;
  readonly knownAt: Instant | null;
  readonly requests: RequestCounts;
  /** Those that somebody has asked for. */
  readonly flags: readonly SampledFlag[];
}

interface SampledFlag {
  readonly flag: string;
  /** Answers, by variant. */
  readonly on: number;
  readonly off: number;
  /** About how many users its percentage has decided for; null where it does not. */
  readonly keys: { readonly on: number; readonly off: number } | null;
}

export async function sampleFlags(
  flags: FlagSnapshots,
  evaluations: FlagEvaluations,
): Promise<readonly SampledFlags[]> {
  const all = await flags.all();
  return all.map(({ policy, set, knowledge, knownAt }) => {
    const application = policy.application.name;
    return {
      application,
      knowledge,
      knownAt,
      requests: evaluations.requestsOf(application),
      flags: [...set.flags.values()].flatMap((flag): SampledFlag[] => {
        const seen = evaluations.seen(application, flag);
        if (seen === undefined) return [];
        const keys = evaluations.keysOf(application, flag);
        return [
          {
            flag: flag.key,
            on: seen.on.evaluations,
            off: seen.off.evaluations,
            keys: keys === undefined ? null : { on: keys.treatment, off: keys.control },
          },
        ];
      }),
    };
  });
}
