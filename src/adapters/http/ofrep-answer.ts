import { hash } from "node:crypto";
import type { ServedFlags } from "../../app/flag-snapshots.ts";
import { type Evaluation, evaluate, TARGETING_KEY_MISSING } from "../../domain/evaluate.ts";
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
  now: Instant,
): BulkAnswer {
  const { policy, set, knowledge } = served;
  const { targetingKey, attributes, canonical } = context;
  const items: string[] = [];
  for (const flag of set.flags.values()) {
    const result = evaluate(flag, targetingKey, attributes, now);
    items.push(result === TARGETING_KEY_MISSING ? missing(flag.key) : textOf(result));
  }
  const flags = `[${items.join()}]`;
  const metadata = JSON.stringify({
    revision: set.revision,
    ...(knowledge === "fresh" ? {} : { stale: true }),
  });
  const streams = eventStreams.length === 0 ? "" : `,"eventStreams":${JSON.stringify(eventStreams)}`;
  return {
    etag: `"${digestOf(policy.application.name, canonical, flags, metadata, streams)}"`,
    text: `{"flags":${flags},"metadata":${metadata}${streams}}`,
  };
}

/** The same for whoever asks again: what is theirs to be told, by their token's name and their context. */
export function clientKeyOf(application: string, actor: string, canonicalContext: string): string {
  return digestOf(application, actor, canonicalContext);
}

/** Answers are the same objects for everybody, and so are their texts. */
const texts = new WeakMap<Evaluation, string>();

export function textOf(evaluation: Evaluation): string {
  let text = texts.get(evaluation);
  if (text === undefined) {
    text = JSON.stringify(evaluation);
    texts.set(evaluation, text);
  }
  return text;
}

function missing(key: string): string {
  return JSON.stringify({ key, errorCode: "TARGETING_KEY_MISSING", errorDetails: WHO });
}

/** 128 bits. A part's length goes before it, so that no two lists of parts are one text. */
function digestOf(...parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join("");
  return hash("sha256", text, "base64url").slice(0, 22);
}
