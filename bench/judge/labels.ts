import { faultRate, secondsSince } from "./faults.ts";
import { MinuteRates } from "./minute-rates.ts";
import { stageOf } from "./plans.ts";
import type { Fault, Label, Rollout } from "./rollout.ts";

/** The gate of the corpus, as shares: green below 0.1 %, red above 1 %, treatment at most 0.5 % worse than control. */
export const GREEN = 0.001;
export const RED = 0.01;
export const MARGIN = 0.005;

/** A bad stretch up to so many seconds is a bad moment, not a bad change. */
const BAD_MOMENT = 60;

/** A fault must have so many seconds to be found in. */
const TIME_TO_FIND = 600;

/** Judged requests that a fault of so many times the limit needs to be told from luck (issue 13). */
const NEEDED = [
  { times: 2, requests: 8_500 },
  { times: 3, requests: 2_700 },
  { times: 5, requests: 1_200 },
] as const;

/** Between its points by power laws; above five times, in inverse proportion. */
export function requestsNeeded(times: number): number {
  const above = NEEDED.findIndex((point) => point.times >= times);
  const last = NEEDED[2];
  if (above === -1) return (last.requests * last.times) / times;
  const high = NEEDED[above] ?? last;
  const low = NEEDED[above - 1] ?? high;
  if (low === high) return high.requests;
  const place = Math.log(times / low.times) / Math.log(high.times / low.times);
  return low.requests * (high.requests / low.requests) ** place;
}

/** By the issue's own words, from the true conditions and never from what was drawn. */
export function labelOf(rollout: Omit<Rollout, "label">): Label {
  const { fault, base } = rollout;
  if (fault === null) return labelWithoutFault(rollout);
  if (fault.rate <= Math.max(GREEN, base)) return labelWithoutFault(rollout);
  const bad = badRate(base);
  if (fault.rate < bad) return "grey";
  return canBeTold({ ...rollout, fault }, bad) ? "bad" : "too little";
}

/** At least twice the red limit, or as much worse than control as that. */
function badRate(base: number): number {
  return Math.min(2 * RED, base + 2 * MARGIN + 0.01);
}

function labelWithoutFault(rollout: Omit<Rollout, "label">): Label {
  const { base, blips, users } = rollout;
  if (blips.some(({ from, to }) => to - from > BAD_MOMENT)) return "grey";
  const usual = Math.max(GREEN, base);
  const unlucky = users.some(
    ({ treatment, control }) => treatment > Math.max(usual * 2, control + MARGIN / 2) || treatment > RED / 2,
  );
  return unlucky || hasBadStretch(rollout) ? "grey" : "healthy";
}

/** Whether a rate that scatters stays above the red limit for longer than a bad moment. */
function hasBadStretch(rollout: Omit<Rollout, "label">): boolean {
  if (rollout.scatter === 0) return false;
  return rollout.plan.some(({ bake }, stage) => {
    const rates = new MinuteRates(rollout, stage, 0);
    let bad = 0;
    for (let second = 0; second < bake; second += 60) {
      const { treatment, control } = rates.next();
      bad = Math.max(treatment, control) > RED ? bad + 60 : 0;
      if (bad > BAD_MOMENT) return true;
    }
    return false;
  });
}

/** In one stage: counts begin anew in each. */
function canBeTold(rollout: Omit<Rollout, "label"> & { readonly fault: Fault }, bad: number): boolean {
  const { fault, plan } = rollout;
  return plan.some(({ bake }, stage) => {
    if (stage < fault.stage) return false;
    let [time, requests, rates] = [0, 0, 0];
    for (let second = 0; second < bake; second += 60) {
      const rate = faultRate(fault, rollout.base, secondsSince(fault, rollout, stage, second));
      if (rate < bad) continue;
      const seen = judgedPerMinute(rollout, stage);
      time += 60;
      requests += seen;
      rates += seen * rate;
    }
    return time >= TIME_TO_FIND && requests >= requestsNeeded(rates / requests / RED);
  });
}

/** Requests a minute that the gate judges: of everybody, or of those who have the change. */
function judgedPerMinute(
  { traffic, plan, judged, users }: Pick<Rollout, "traffic" | "plan" | "judged" | "users">,
  stage: number,
): number {
  const share = users[stage]?.share ?? stageOf(plan, stage).share;
  return judged === "service" ? traffic : traffic * share;
}

/** Judged requests of the stage that sees fewest. */
export function leastServed(rollout: Rollout): number {
  return Math.min(...rollout.plan.map(({ bake }, stage) => (judgedPerMinute(rollout, stage) * bake) / 60));
}
