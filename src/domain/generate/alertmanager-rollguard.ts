import type { Policy } from "../policy.ts";
import type { Receiver, WebhookConfig } from "./alertmanager-file.ts";
import { SECRET_FILES } from "./secret-files.ts";
import { ROLLGUARD_JOB } from "./self-monitoring.ts";
import { isAtLeast, type Target } from "./versions.ts";

/** Where a responder listens when no policy names a target of the job rollguard. */
const DEFAULT_ADDRESS = "rollguard:9095";

/** Longer than the 5 s after which Rollguard itself says 503, and short enough for a second try within 10 s. */
const TIMEOUT = "6s";

/** A receiver that is Rollguard: every responder is told, since any one of them may be the one that is up. */
export function rollguardReceiver(
  name: string,
  path: string,
  policies: readonly Policy[],
  { alertmanager }: Target,
  options: Partial<WebhookConfig> = {},
): Receiver {
  return {
    name,
    webhook_configs: addressesOf(policies).map((address) => ({
      url: `http://${address}${path}`,
      send_resolved: true,
      // All of them: an alert that was cut off would be a rollback that was cut off.
      max_alerts: 0,
      ...(isAtLeast(alertmanager, 0, 28) ? { timeout: TIMEOUT } : {}),
      http_config: {
        // A redirected POST becomes a GET without a body, and its 200 counts as delivered.
        follow_redirects: false,
        authorization: { credentials_file: SECRET_FILES.rollguard },
      },
      ...options,
    })),
  };
}

function addressesOf(policies: readonly Policy[]): string[] {
  const targets = policies.flatMap(({ scrape }) => scrape.targets);
  const responders = targets.filter(({ job }) => job === ROLLGUARD_JOB);
  return responders.length === 0 ? [DEFAULT_ADDRESS] : [...new Set(responders.map(({ address }) => address))];
}
