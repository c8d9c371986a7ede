import { hash } from "node:crypto";
import type { FlagEvaluations, VariantCount } from "../../app/flag-evaluations.ts";
import type { ServedFlags } from "../../app/flag-snapshots.ts";
import type { KeySample } from "../../app/key-sample.ts";
import { murmur3 } from "../../domain/bucket.ts";
import {
  type CompiledFlag,
  type Evaluation,
  evaluate,
  TARGETING_KEY_MISSING,
} from "../../domain/evaluate.ts";
import type { Instant } from "../../domain/time.ts";
import type { EvaluationContext } from "./ofrep-context.ts";
import type { EventStream } from "./stream-urls.ts";

export interface BulkAnswer {
  /**
   * In quotes. Of the values that are served and the context they are for, since ramps and staleness have no revision;
   * and of the streams: a client that is told that nothing has changed goes on with those it has, also when they end.
   */
  readonly etag: string;
  readonly text: string;
}

/** What somebody is told who asks for a share's flag without saying who they are. */
export const WHO = "the flag is on for some only: the context needs a targetingKey";

/** All flags of an application for one context. */
export function answerBulk(
  served: ServedFlags,
  context: EvaluationContext & { readonly canonical: string },
  eventStreams: readonly EventStream[],
  { answers, now }: { readonly answers: CountedAnswers; readonly now: Instant },
): BulkAnswer {
  const { policy, set, knowledge } = served;
  const { targetingKey, attributes, canonical } = context;
  const application = policy.application.name;
  const asked = { application, keyHash: keyHashOf(targetingKey) };
  const items: string[] = [];
  for (const flag of set.flags.values()) {
    const result = evaluate(flag, targetingKey, attributes, now);
    if (result === TARGETING_KEY_MISSING) items.push(missing(flag.key));
    else items.push(answers.textOf(result, flag, asked));
  }
  const flags = `[${items.join()}]`;
  const metadata = JSON.stringify({
    revision: set.revision,
    ...(knowledge === "fresh" ? {} : { stale: true }),
  });
  const streams = eventStreams.length === 0 ? "" : `,"eventStreams":${JSON.stringify(eventStreams)}`;
  return {
    etag: `"${digestOf(application, canonical, flags, metadata, streams)}"`,
    text: `{"flags":${flags},"metadata":${metadata}${streams}}`,
  };
}

/** The same for whoever asks again: what is theirs to be told, by their token's name and their context. */
export function clientKeyOf(application: string, actor: string, canonicalContext: string): string {
  return digestOf(application, actor, canonicalContext);
}

/** What an evaluation is told as, and where that is counted. */
interface CountedAnswer {
  readonly text: string;
  readonly variant: VariantCount;
  /** Where the percentage has decided: whom for. */
  readonly keys: KeySample | null;
}

interface Asked {
  readonly application: string;
  /** By `keyHashOf`. */
  readonly keyHash: number;
}

/**
 * The texts of evaluations, each of which is counted. Evaluations are the same objects for everybody, so that their texts
 * and counts are looked up once for all of them: to count costs an addition, and a key of a percentage one look into a set.
 */
export class CountedAnswers {
  readonly #evaluations: FlagEvaluations;
  readonly #known = new WeakMap<Evaluation, CountedAnswer>();

  constructor(evaluations: FlagEvaluations) {
    this.#evaluations = evaluations;
  }

  textOf(evaluation: Evaluation, flag: CompiledFlag, { application, keyHash }: Asked): string {
    const { text, variant, keys } =
      this.#known.get(evaluation) ?? this.#resolved(evaluation, flag, application);
    variant.evaluations += 1;
    keys?.see(keyHash, evaluation.value);
    return text;
  }

  #resolved(evaluation: Evaluation, flag: CompiledFlag, application: string): CountedAnswer {
    const counts = this.#evaluations.countsOf(application, flag);
    const answer = {
      text: JSON.stringify(evaluation),
      variant: counts[evaluation.variant],
      keys: evaluation.reason === "SPLIT" ? counts.keys : null,
    };
    this.#known.set(evaluation, answer);
    return answer;
  }
}

/** Not by what decides on the variant: a part of the users that is chosen by it has the same share as all of them. */
export function keyHashOf(targetingKey: string | undefined): number {
  return targetingKey === undefined ? 0 : murmur3(targetingKey);
}

function missing(key: string): string {
  return JSON.stringify({ key, errorCode: "TARGETING_KEY_MISSING", errorDetails: WHO });
}

/** 128 bits. A part's length goes before it, so that no two lists of parts are one text. */
function digestOf(...parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join("");
  return hash("sha256", text, "base64url").slice(0, 22);
}
