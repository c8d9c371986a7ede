import type { Incident } from "../../../app/notify/incident.ts";
import type { Delivery } from "../../../app/notify/notifier.ts";
import type { Message } from "../../../domain/message.ts";
import type { PageResolvedOn } from "../../../domain/policy.ts";
import { dedupKeyOf } from "./dedup-key.ts";
import { isOpen, isTrigger, isWorse, type Page, pageOf, triggered } from "./page.ts";
import { type PagerDutyEvent, triggerOf } from "./trigger-of.ts";

interface Told {
  /** What is to be sent, in its order. */
  readonly events: readonly PagerDutyEvent[];
  /** The page once that has been sent. */
  readonly page: Page;
}

type Step = { readonly action: "acknowledge" | "resolve" } | { readonly action: "trigger"; message: Message };

/**
 * What PagerDuty must be told of a delivery. However much has piled up it is one trigger at most, which tells how things stand
 * now; and a trigger comes before its resolve, so that nobody misses what began and ended while PagerDuty was away.
 */
export function pagerDutyEventsOf(
  delivery: Pick<Delivery, "messages" | "incident" | "receipt">,
  { resolveOn }: { readonly resolveOn: PageResolvedOn },
): Told {
  const { messages, incident, receipt } = delivery;
  const before = pageOf(receipt);
  const steps: Step[] = [];
  let page = before;
  for (const [index, message] of messages.entries()) {
    if (isTrigger(message)) {
      if (!isOpen(page) || isWorse(page, message)) steps.push({ action: "trigger", message });
      page = triggered(page, message);
      continue;
    }
    // The incident may be ahead of what the messages tell: only at the last of them it stands where they do.
    const isOver = index === messages.length - 1 && incident.endedAt !== null;
    page = noted(page, message, isOver);
    if (!isOpen(page)) continue;
    if (message.kind === "acknowledged" && page.state === "open") {
      steps.push({ action: "acknowledge" });
      page = { ...page, state: "acknowledged" };
    }
    if (isResolved(page, message, incident.kind === "notice", resolveOn)) {
      steps.push({ action: "resolve" });
      page = { ...page, state: "resolved" };
    }
  }
  // A trigger that comes late, as when an operator has brought back a dead letter: nothing else will close its page.
  if (
    isOpen(page) &&
    steps.at(-1)?.action === "trigger" &&
    isLongOver(incident) &&
    resolveOn !== "acknowledged"
  ) {
    steps.push({ action: "resolve" });
    page = { ...page, state: "resolved" };
  }
  const dedup_key = dedupKeyOf(incident);
  const events = summed(steps, isOpen(before)).map((step) =>
    step.action === "trigger"
      ? triggerOf(incident, step.message, page.severity)
      : { event_action: step.action, dedup_key },
  );
  return { events, page };
}

function isLongOver({ endedAt, rollback }: Incident): boolean {
  return endedAt !== null && rollback?.status === "verified";
}

function noted(page: Page, { kind }: Message, isOver: boolean): Page {
  return {
    ...page,
    verified: kind !== "reopened" && (page.verified || kind === "verified"),
    acknowledged: page.acknowledged || kind === "acknowledged",
    ended: page.ended || kind === "ended" || isOver,
  };
}

/** A rollout that stands still goes on, or ends. */
const MOVES: readonly Message["kind"][] = ["seeing_again", "resumed", "promoted", "completed", "aborted"];

function isResolved(page: Page, { kind }: Message, isNotice: boolean, resolveOn: PageResolvedOn): boolean {
  const { verified, acknowledged, ended, standstill } = page;
  if (isNotice && kind === "ended") return true;
  if (standstill && MOVES.includes(kind)) return true;
  return verified && ((acknowledged && resolveOn !== "resolved") || (ended && resolveOn !== "acknowledged"));
}

/** One trigger, the last; a resolve before it only where that ends a page which was open, so that people are called anew. */
function summed(steps: readonly Step[], wasOpen: boolean): Step[] {
  const last = steps.findLastIndex(({ action }) => action === "trigger");
  if (last === -1) return [...steps];
  const since = steps.slice(last);
  const ended = steps.slice(0, last).some(({ action }) => action === "resolve");
  const staysOpen = !since.some(({ action }) => action === "resolve");
  return wasOpen && ended && staysOpen ? [{ action: "resolve" }, ...since] : since;
}
