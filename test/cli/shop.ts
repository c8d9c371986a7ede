import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readSettings, type Settings } from "../../src/config/settings.ts";
import { freePort, temporaryDirectory } from "../support/process.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

/** The smallest policy that shows everything: a flag above another, two tiers, a switch that no rollback moves. */
export const SHOP = `application: { name: shop, trafficFlag: checkout }
tiers:
  phase: { phases: [6], trafficCap: 30 }
  safe-state: { phases: [6], trafficCap: 0 }
flags:
  checkout: { enabled: true, phase: 4 }
  cache: { enabled: true, rolloutPercentage: 50, phase: 6 }
  warm_cache: { enabled: true, phase: 5, parent: cache }
  audit: { enabled: true, protected: true }
  read_only: { kind: operational }
alerts:
  - { alert: TestsFail, expr: tests < 95, rollback: phase }
  - { alert: ErrorsSpike, expr: errors > 1, rollback: safe-state }
`;

export const BANK = SHOP.replace("shop", "bank").replaceAll("checkout", "loans");

/** A place to run in: policies on disk, a data directory, a free port. */
export interface Place {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  write(name: string, content: string): Promise<string>;
  remove(): Promise<void>;
}

export async function placeFor(policies: Readonly<Record<string, string>>): Promise<Place> {
  const { path: directory, remove } = await temporaryDirectory("cli");
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };
  for (const [name, content] of Object.entries(policies)) await write(name, content);
  const environment = {
    ROLLGUARD_LISTEN: `127.0.0.1:${await freePort()}`,
    ROLLGUARD_POLICY: directory,
    ROLLGUARD_DATA: join(directory, "data"),
    ROLLGUARD_REPORTS: join(directory, "reports"),
    LOG_LEVEL: "silent",
  };
  return { directory, environment, write, remove };
}

export function settingsIn(environment: Readonly<Record<string, string>>): Settings {
  const { settings, problems } = readSettings(environment);
  if (settings === null) throw new Error(problems.join("\n"));
  return settings;
}

/** The reply to a webhook of one alert. */
export async function fire(url: string, alertname: string, application = "shop"): Promise<Response> {
  return await fetch(`${url}/api/v1/alerts`, {
    method: "POST",
    body: JSON.stringify(webhookBody([alertBody(alertname, { labels: { application } })])),
  });
}
