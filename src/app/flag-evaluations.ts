import { BUCKETS } from "../domain/bucket.ts";
import { bucketsDrawn } from "../domain/buckets-drawn.ts";
import type { CompiledFlag } from "../domain/evaluate.ts";
import type { KeysSeen } from "../domain/keys-seen.ts";
import { KeySample } from "./key-sample.ts";

/** How often one variant of a flag was answered. */
export interface VariantCount {
  evaluations: number;
}

/** What this responder knows of who was answered what of one flag. */
export interface FlagCounts {
  readonly on: VariantCount;
  readonly off: VariantCount;
  /** Users by their targeting key, since the percentage last changed; null while it decides for nobody. */
  readonly keys: KeySample | null;
}

interface KeptCounts extends FlagCounts {
  keys: KeySample | null;
  /** What the keys were drawn by. */
  buckets: number | null;
}

/** OFREP requests that were answered with a flag's value, or with all. */
export interface RequestCounts {
  single: number;
  bulk: number;
}

interface ApplicationCounts {
  readonly requests: RequestCounts;
  readonly flags: Map<string, KeptCounts>;
}

/**
 * Counts what is evaluated at this responder. Whoever evaluates asks once for the counts of a compiled flag, and counts there
 * from then on: a flag that has changed is compiled anew, and keys are counted anew where its percentage is another one.
 */
export class FlagEvaluations {
  readonly #applications = new Map<string, ApplicationCounts>();

  requestsOf(application: string): RequestCounts {
    return this.#of(application).requests;
  }

  /** @param flag as it is served from now on */
  countsOf(application: string, flag: CompiledFlag): FlagCounts {
    const { flags } = this.#of(application);
    const known = flags.get(flag.key) ?? { on: none(), off: none(), keys: null, buckets: null };
    const buckets = bucketsDrawn(flag);
    if (buckets !== known.buckets) known.keys = buckets === null ? null : new KeySample();
    known.buckets = buckets;
    flags.set(flag.key, known);
    return known;
  }

  /** Of a flag as it is served now; undefined: nobody has asked for it. */
  seen(application: string, { key }: CompiledFlag): Pick<FlagCounts, "on" | "off"> | undefined {
    return this.#applications.get(application)?.flags.get(key);
  }

  /** The users whom the percentage of a flag as it is served now has decided for; undefined: it does not decide, or for nobody yet. */
  keysOf(application: string, flag: CompiledFlag): KeysSeen | undefined {
    const { keys = null, buckets = null } = this.#applications.get(application)?.flags.get(flag.key) ?? {};
    // It may have changed since somebody last asked.
    if (keys === null || buckets === null || buckets !== bucketsDrawn(flag)) return undefined;
    return {
      flag: flag.key,
      percentage: buckets / (BUCKETS / 100),
      treatment: Math.round(keys.on.estimate),
      control: Math.round(keys.off.estimate),
      sampled: { treatment: keys.on.sampled, control: keys.off.sampled },
    };
  }

  #of(application: string): ApplicationCounts {
    const known = this.#applications.get(application);
    if (known !== undefined) return known;
    const counts = { requests: { single: 0, bulk: 0 }, flags: new Map<string, KeptCounts>() };
    this.#applications.set(application, counts);
    return counts;
  }
}

function none(): VariantCount {
  return { evaluations: 0 };
}
