import type { Policy } from "../../domain/policy.ts";
import type { Instant } from "../../domain/time.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { ReportContact, ReportLink } from "./report.ts";

/** Who writes a report: no person vouches for it. */
export const PREPARED_BY = "Rollguard, from its ledger and Prometheus";

export function contactsOf({ contacts }: Policy): ReportContact[] {
  return contacts.map(({ role, name, email, escalation }) => ({ role, name, email, escalation }));
}

/** Addresses that people open; what may be secret in one, a name, a password or a query, is left out. */
export function safeLinks(links: readonly ReportLink[]): ReportLink[] {
  return links.flatMap(({ name, url }) => {
    const [, scheme, rest = ""] = /^(https?:\/\/)(?:[^/?#]*@)?([^?]*)/is.exec(url) ?? [];
    return scheme === undefined ? [] : [{ name, url: scheme + rest }];
  });
}

/** `2026-11-20T03:00:00Z`: as it stands in a sentence. */
export function shortTime(at: Instant): string {
  return `${rfc3339(at).slice(0, 19)}Z`;
}
