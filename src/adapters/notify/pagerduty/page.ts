import { z } from "zod";
import type { Receipt } from "../../../app/outbox.ts";
import type { Message, MessageKind } from "../../../domain/message.ts";
import { TIER_NAMES } from "../../../domain/tier.ts";

const SEVERITIES = ["error", "critical"] as const;

export type Severity = (typeof SEVERITIES)[number];

const pageSchema = z.object({
  state: z.enum(["none", "open", "acknowledged", "resolved"]),
  /** Of the page that is open, or was last: it never falls while it is. */
  severity: z.enum(SEVERITIES),
  /** Of the tier, or of what became of it: what is not above it tells nobody anything new. */
  gravity: z.number(),
  /** It only says that a rollout stands still. */
  standstill: z.boolean(),
  /** What is known of the rollback that it tells of. */
  verified: z.boolean(),
  acknowledged: z.boolean(),
  ended: z.boolean(),
});

/** The PagerDuty incident of a subject, as far as we have told it. */
export type Page = z.infer<typeof pageSchema>;

const NONE: Page = {
  state: "none",
  severity: "error",
  gravity: -1,
  standstill: false,
  verified: false,
  acknowledged: false,
  ended: false,
};

/** A receipt that somebody else wrote is none: the worst of it is a trigger too many, which PagerDuty puts to its incident. */
export function pageOf(receipt: Receipt | null): Page {
  return pageSchema.safeParse(receipt).data ?? NONE;
}

export function isOpen({ state }: Page): boolean {
  return state === "open" || state === "acknowledged";
}

const TRIGGERS: readonly MessageKind[] = [
  "rolled_back",
  "escalated",
  "failed",
  "unverified",
  "storm_breaker",
  "unrelated",
  "cooldown",
  "blind",
];

const CRITICAL: readonly MessageKind[] = [
  "failed",
  "unverified",
  "storm_breaker",
  "unrelated",
  "cooldown",
  "blind",
  "flags_changed",
];

/** Whether somebody is to be called: other kinds where they say so. */
export function isTrigger({ kind, page }: Message): boolean {
  return TRIGGERS.includes(kind) || page;
}

/** Whether it only says that a rollout does not go on: then its page is over once it does, or has ended. */
function isStandstill({ kind }: Message): boolean {
  return kind === "blind" || kind === "held";
}

/** Whether it tells more of a rollback that people have been called for; what else calls them is always new. */
export function isWorse(page: Page, message: Message): boolean {
  const { kind } = message;
  const ofRollback = ["rolled_back", "escalated", "unverified", "failed"].includes(kind);
  return !ofRollback || moreSevere(page, message) !== page.severity || gravityOf(message) > page.gravity;
}

/** The page after a trigger, whether or not it is sent. */
export function triggered(page: Page, message: Message): Page {
  const now = isOpen(page) ? page : NONE;
  return {
    ...now,
    state: isOpen(page) && !isWorse(page, message) ? page.state : "open",
    severity: moreSevere(now, message),
    gravity: Math.max(now.gravity, gravityOf(message)),
    standstill: isStandstill(message) && (now.standstill || !isOpen(now)),
    verified: false,
    acknowledged: false,
    ended: false,
  };
}

function moreSevere({ severity }: Pick<Page, "severity">, message: Message): Severity {
  return severity === "critical" ? severity : severityOf(message);
}

/** What its route says; without one, what its tier and its kind do. */
function severityOf({ severity, tier, kind }: Message): Severity {
  const isCritical = tier === "safe-state" || tier === "emergency" || CRITICAL.includes(kind);
  return severity ?? (isCritical ? "critical" : "error");
}

function gravityOf({ kind, tier }: Message): number {
  if (kind === "failed") return TIER_NAMES.length + 1;
  if (kind === "unverified") return TIER_NAMES.length;
  return tier === null ? 0 : TIER_NAMES.indexOf(tier);
}
