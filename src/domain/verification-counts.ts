import type { CountBlock, Counts } from "./counts.ts";
import type { GateCriterion } from "./gate.ts";
import {
  type AfterState,
  type AfterVerdict,
  foldAfter,
  giveUpAfter,
  judgeAfter,
  neededAfter,
  startAfter,
} from "./judging/after-rollback.ts";
import { BLOCK, sumOf } from "./judging/block.ts";
import { sharesOf } from "./judging/shares.ts";
import type { Rollback, Unproven } from "./rollback.ts";
import type { Duration, Instant } from "./time.ts";

/** What was counted of a metric since a rollback's tier was applied. */
export interface CountedMetric {
  readonly metric: string;
  /** The share that was bad in the incident; null where it is not known. It stays when the next tier is tried. */
  readonly incident: number | null;
  /** Of those who had the change where its requests tell, else of all; and of those who had it not. */
  readonly own: CountedPart | null;
  readonly control: CountedPart | null;
}

export interface CountedPart {
  readonly after: AfterState;
  /** Since when nobody has asked; null while somebody does. */
  readonly idleSince: Instant | null;
}

/** Without a request for so long nobody is sent there any more. */
const IDLE: Duration = 2 * BLOCK;
const COUNTED_ANEW: Duration = 30 * 60_000;
/** Counts that are older say nothing of now: a block is closed within one more. */
const OLD: Duration = 4 * BLOCK;
/** How far before the rollback its incident is looked for, at most. */
const LONGEST_INCIDENT: Duration = 10 * 60_000;
/** How long an alert's expression has been true at least when it fires. */
const BEFORE_ALERT: Duration = 60_000;

/** The share that is red, of a criterion that is judged by counts; null: it is judged by its values. */
export function redShareOf(criterion: GateCriterion): number | null {
  return sharesOf(criterion)?.red ?? null;
}

/** Since when a metric's requests are to be counted: the new ones, and those of the incident where they are not known. */
export function countedFrom(
  counted: readonly CountedMetric[],
  metric: string,
  { startedAt, alertStartedAt }: Pick<Rollback, "startedAt" | "alertStartedAt">,
): Instant {
  const known = counted.find((one) => one.metric === metric)?.own;
  if (known != null) return Math.floor(known.after.until / BLOCK) * BLOCK;
  const began = Math.min(startedAt, alertStartedAt ?? startedAt) - BEFORE_ALERT;
  return Math.floor(Math.max(began, startedAt - LONGEST_INCIDENT) / BLOCK) * BLOCK;
}

interface Counting {
  /** When what is judged was applied. */
  readonly base: Instant;
  readonly startedAt: Instant;
  /** It was said that it is not verified: it is only watched on. */
  readonly isJudged: boolean;
}

/** What is only watched on, and stays bad, is counted anew: it may be mended hours later. */
function startOf(known: AfterState | undefined, red: number, base: Instant, isJudged: boolean): AfterState {
  if (known === undefined) return startAfter(base);
  const { seen, until, committedAt } = known;
  const isStale = isJudged && until - committedAt >= COUNTED_ANEW && seen.bad > red * seen.total;
  return isStale ? startAfter(until) : known;
}

export function foldCounts(
  before: CountedMetric | undefined,
  { metric, red }: { readonly metric: string; readonly red: number },
  { all, variants }: Counts,
  { base, startedAt, isJudged }: Counting,
): CountedMetric {
  const incident = before?.incident ?? incidentIn(variants?.treatment ?? all, startedAt);
  const fold = (part: CountedPart | null | undefined, blocks: readonly CountBlock[]): CountedPart => ({
    after: foldAfter(startOf(part?.after, red, base, isJudged), blocks, { limit: red, incident }),
    idleSince: idleSince(part?.idleSince ?? null, blocks, base),
  });
  return {
    metric,
    incident,
    own: fold(before?.own, variants?.treatment ?? all),
    control: variants === null ? null : fold(before?.control, variants.control),
  };
}

function incidentIn(blocks: readonly CountBlock[], startedAt: Instant): number | null {
  const { total, bad } = sumOf(blocks.filter(({ to }) => to <= startedAt));
  return total === 0 ? null : bad / total;
}

function idleSince(before: Instant | null, blocks: readonly CountBlock[], base: Instant): Instant | null {
  return blocks
    .filter(({ from }) => from >= base)
    .reduce((since, { from, total }) => (total > 0 ? null : (since ?? from)), before);
}

/** The same without what was counted: another tier is judged, or the same one anew. */
export function incidentsOf(counted: readonly CountedMetric[]): readonly CountedMetric[] {
  return counted.map((one) => ({ ...one, own: null, control: null }));
}

export interface CountedVerdict {
  readonly is: AfterVerdict | "no_traffic" | "no_data";
  /** In words, with how many were seen, and what is known of them. */
  readonly why: string;
  /** What it is while it is not proven: better, and not well; or too little to tell. */
  readonly unproven: Unproven;
  /** How long a verdict is waited for at most, from when the tier was applied. */
  readonly wait: Duration;
}

/** What the counts say. Where nobody is sent to the change any more, control tells whether the old way is well. */
export function judgeCounted(
  { metric, incident, own, control }: CountedMetric,
  red: number,
  now: Instant,
): CountedVerdict {
  const [part, others] = [own as CountedPart, control];
  const isIdle = part.idleSince !== null && part.after.until - part.idleSince >= IDLE;
  const judged = isIdle && others !== null ? others : part;
  const who = others === null ? metric : `${metric} of ${judged === part ? "treatment" : "control"}`;
  const { total, bad } = judged.after.seen;
  const unproven: Unproven = bad > red * total ? "improved" : "too_few";
  const open = { unproven, wait: waitFor(judged.after, red) };
  if (now - judged.after.until > OLD)
    return {
      ...open,
      is: "no_data",
      why: `nothing was counted for ${who} since ${timeOf(judged.after.until)}`,
    };
  const isGone = judged.idleSince !== null && judged.after.until - judged.idleSince >= IDLE;
  if (isGone && judgeAfter(judged.after) !== "verified")
    return { ...open, is: "no_traffic", why: `no requests for ${who} since ${timeOf(judged.idleSince)}` };
  const seen = `${who}: ${total} requests since ${timeOf(judged.after.committedAt)}, ${bad === 0 ? "none" : bad} of them bad`;
  const left = judged === part ? "" : "; nobody is sent to the treatment any more";
  const is = judgeAfter(judged.after);
  return { ...open, is, why: `${seen}: ${saidOf(is, judged.after, red, incident)}${left}` };
}

function saidOf(is: AfterVerdict, after: AfterState, limit: number, incident: number | null): string {
  switch (is) {
    case "verified":
      return `below ${percent(limit)} for certain at 5 %`;
    case "not_helped":
      return `above ${percent(limit)} for certain at 5 %`;
    case "improved":
      return `less than half of the ${percent(incident as number)} of the incident, and not known to be below ${percent(limit)}`;
    case "not_enough":
      return `about ${neededAfter(after, { limit, incident })} are needed to tell whether that is below ${percent(limit)}`;
  }
}

function waitFor({ seen, committedAt, until }: AfterState, limit: number): Duration {
  return giveUpAfter(limit, seen.total / Math.max(1, (until - committedAt) / 1_000));
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}

function timeOf(instant: Instant): string {
  const parts = [instant / 3_600_000, instant / 60_000, instant / 1_000].map(Math.floor);
  return `${parts.map((part, index) => String(part % (index === 0 ? 24 : 60)).padStart(2, "0")).join(":")} UTC`;
}
