import type { Alert } from "../domain/alert.ts";
import type { NoticeCommand } from "../domain/command.ts";
import type { Policy } from "../domain/policy.ts";
import { short } from "./outside-labels.ts";
import { isTemplate, type Policies } from "./policies.ts";

/** Alertmanager has cut alerts off a webhook's body. */
export interface Truncation {
  /** How many. */
  readonly alerts: number;
  /** Alertmanager's name of its receiver; null: it does not say. */
  readonly receiver: string | null;
  /** What all alerts of the body, those that were cut off too, say of their application; null: nothing. */
  readonly application: string | null;
}

/**
 * Whether an alert came to an address that names another application than itself. Where the address names one that there is,
 * that one is acted on: whoever wrote it down may have meant just that. Where it does not, the alert's own word decides.
 * @param policy whom it was taken to be about
 */
export function isMisaddressed(alert: Alert, address: string, policy: Policy, policies: Policies): boolean {
  if (policy.application.name !== address) return true;
  const own = alert.application === null ? undefined : policies.get(alert.application);
  return own !== undefined && own !== policy;
}

export function misaddressed(alert: Alert, address: string, { application }: Policy): NoticeCommand {
  const named = short(address);
  const detail =
    application.name === address
      ? `alerts that are about ${alert.application} came to the address of ${address} (${alert.name}): they are taken for those of ${address}, as the address says`
      : `the address of a webhook names the application "${named}", which no policy knows: ${alert.name} is taken to be about ${application.name}`;
  const why = isTemplate(address) ? "; Alertmanager fills in templates there since 0.31" : "";
  return { type: "notice", reason: "misaddressed", about: named, detail: detail + why };
}

/**
 * Whom a truncated body concerns: those that the alerts in it are about; where there are none, whom the body names.
 * @param isAsked whether Alertmanager can be asked for the rest
 */
export function truncated(
  { alerts: count, receiver, application }: Truncation,
  { alerts, address, policies, isAsked }: TruncatedBody,
): { readonly applications: ReadonlySet<string>; readonly notice: NoticeCommand } {
  const about = alerts.flatMap((alert) => policies.of(alert, address) ?? []);
  const named = policies.of({ application, job: null }, address);
  const found = about.length > 0 || named === undefined ? about : [named];
  const from = receiver === null ? "a webhook" : `the webhook of the receiver ${short(receiver)}`;
  const rest = isAsked
    ? "it is asked for them"
    : "they are lost, since it cannot be asked for them (ROLLGUARD_ALERTMANAGER_URL)";
  return {
    applications: new Set(found.map((policy) => policy.application.name)),
    notice: {
      type: "notice",
      reason: "truncated",
      about: short(receiver ?? ""),
      detail: `Alertmanager cut ${count === 1 ? "1 alert" : `${count} alerts`} off ${from} (max_alerts): ${rest}`,
    },
  };
}

interface TruncatedBody {
  readonly alerts: readonly Alert[];
  readonly address: string | undefined;
  readonly policies: Policies;
  readonly isAsked: boolean;
}
