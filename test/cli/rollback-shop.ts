import { expect } from "@jest/globals";
import { decideAll } from "../../src/domain/decide.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { verifyCriteria } from "../../src/domain/verification-check.ts";
import { type CliServer, NOW } from "./cli-server.ts";
import { SHOP } from "./shop.ts";

/** The smallest shop with a kill switch, and with all tiers that turn something down. */
export const ROLLBACK_SHOP = SHOP.replace(
  "flags:\n",
  "  emergency: { pages: true }\nflags:\n  panic: { kind: kill-switch }\n",
);

/** An alert comes that has been firing for a moment, or it resolves. */
export async function alertTo(
  { url }: CliServer,
  name: string,
  status: "firing" | "resolved" = "firing",
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const labels = { alertname: name, application: "shop", ...more };
  const alerts = [{ status, labels, startsAt: "2026-11-20T02:59:58.500Z" }];
  const body = JSON.stringify({ version: "4", alerts });
  expect((await fetch(`${url}/api/v1/alerts`, { method: "POST", body })).status).toBe(200);
}

/** The server has heard that the open rollback is stored. */
export async function stored({ app: { store } }: CliServer, policy: Policy, at: number): Promise<void> {
  await store.transact(policy.application.name, (state) => {
    const rollback = state.rollback?.id ?? "";
    return decideAll(state, [{ type: "committed", rollback, at }], policy, at);
  });
}

type Seen = "good" | "bad" | "no_data";

/**
 * The checks of the open rollback, as the server's own clock would make them one after the other.
 * @param name of the alert that is still true in bad ones
 */
export async function check(
  { app }: CliServer,
  policy: Policy,
  seen: readonly Seen[],
  name = "ErrorsSpike",
): Promise<void> {
  const { store } = app;
  const application = policy.application.name;
  for (const each of seen) {
    await store.transact(application, (state) => {
      const takenAt = Math.max(NOW, state.verification?.nextCheckAt ?? NOW);
      const evidence = {
        rollback: state.rollback?.id ?? "",
        takenAt,
        values: new Map(verifyCriteria(policy).map(({ metric }) => [metric, [0]])),
        answered: ["Trigger"],
        breached: each === "bad" ? [name] : [],
        blindness: each === "no_data" ? ["Prometheus does not answer"] : [],
      };
      return decideAll(state, [{ type: "verify", evidence }], policy, takenAt);
    });
  }
}
