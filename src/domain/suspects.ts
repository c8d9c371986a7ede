import type { SuspectsPolicy } from "./alert.ts";
import { type FlagPolicies, isTurnedDown, type Raise, reachesOf, settingsOf } from "./flag.ts";
import type { Policy } from "./policy.ts";
import type { Step } from "./rollback.ts";
import type { ApplicationState } from "./state.ts";
import { formatDuration, type Instant } from "./time.ts";

/** A flag that may be the cause of an alert, since more people began to meet it before that. */
export interface Suspect extends Raise {
  readonly flag: string;
}

/**
 * The flags that were raised within the window before the alert began and are met by anybody still, the likeliest
 * first: the one raised last, and a child before its parent, because less goes off with it. What was raised only while
 * the expression was true already, and the alert waited for its `for`, comes behind all others.
 */
export function suspectsOf(
  state: ApplicationState,
  suspects: SuspectsPolicy,
  startsAt: Instant,
  policy: Policy,
): Suspect[] {
  const accused = accusedOf(state, suspects, startsAt, policy);
  if (accused.length === 0) return [];
  const isMet = metIn(state, policy);
  const trueSince = startsAt - suspects.pending;
  const late = ({ at }: Suspect): number => (at > trueSince ? 1 : 0);
  return accused
    .filter(({ flag }) => isMet(flag))
    .sort(
      (a, b) =>
        late(a) - late(b) || b.at - a.at || depthOf(b.flag, policy.flags) - depthOf(a.flag, policy.flags),
    );
}

/** Flags that were raised within the window before the alert began, whatever they are by now; in the policy's order. */
export function accusedOf(
  state: ApplicationState,
  { window }: SuspectsPolicy,
  startsAt: Instant,
  policy: Policy,
): Suspect[] {
  return raisesOf(state, policy).filter(
    ({ flag, at }) => at >= startsAt - window && at <= startsAt && isTurnedDown(flag, policy.flags),
  );
}

/** At most so many at once, in their order. */
export function stepsOf(suspects: readonly Suspect[], { atOnce }: SuspectsPolicy): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < suspects.length; at += atOnce)
    steps.push(suspects.slice(at, at + atOnce).map(({ flag }) => flag));
  return steps;
}

/** Steps without what nobody meets any more, and without the steps that this leaves empty. */
export function openSteps(steps: readonly Step[], state: ApplicationState, policy: Policy): Step[] {
  if (steps.length === 0) return [];
  const isMet = metIn(state, policy);
  return steps.map((step) => step.filter(isMet)).filter((step) => step.length > 0);
}

/** The last raise of any flag after an alert began: it cannot be its cause. */
export function raisedSince(state: ApplicationState, startsAt: Instant, policy: Policy): Suspect | null {
  const since = raisesOf(state, policy).filter(({ at }) => at > startsAt);
  return since.sort((a, b) => b.at - a.at)[0] ?? null;
}

/** In the policy's order: a store's is nobody's. */
function raisesOf({ raised }: ApplicationState, { flags }: Policy): Suspect[] {
  return [...flags.keys()].flatMap((flag): Suspect[] => {
    const raise = raised.get(flag);
    return raise === undefined ? [] : [{ flag, ...raise }];
  });
}

/** Suspects in words, as seen when the alert began. */
export function accusation(suspects: readonly Suspect[], startsAt: Instant): string {
  return suspects
    .map(({ flag, at, by }) => `${flag} (raised ${ago(startsAt - at)} it began, by ${by})`)
    .join(", ");
}

function ago(duration: number): string {
  return duration < 1_000 ? "just before" : `${formatDuration(duration - (duration % 1_000))} before`;
}

function metIn(state: ApplicationState, { flags }: Policy): (flag: string) => boolean {
  const exposures = reachesOf(flags, settingsOf(flags, state.flags));
  return (flag) => (exposures.get(flag) ?? 0) > 0;
}

/** How many ancestors it has; the policy's loader refuses cycles. */
function depthOf(key: string, flags: FlagPolicies): number {
  let depth = 0;
  for (let next = flags.get(key)?.parent ?? null; next !== null; next = flags.get(next)?.parent ?? null)
    depth++;
  return depth;
}
