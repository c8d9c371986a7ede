import { afterEach, expect, test } from "@jest/globals";
import request from "supertest";
import { decideAll } from "../../../src/domain/decide.ts";
import type { TestApp } from "../../support/http-app.ts";
import { APP, deploy, shop, start, stateOf, stop } from "./rollout-shop.ts";

const NOW = 1_790_000_000_000;

afterEach(stop);

/** The stage is looked at, and this is what is seen. */
async function look(app: TestApp, values: readonly number[]): Promise<void> {
  const { rollout } = await stateOf(app);
  const evidence = {
    rollout: rollout?.id ?? "",
    stage: 0,
    takenAt: NOW,
    values: new Map([["error_rate", values]]),
    blindness: [],
  };
  const commands = [{ type: "check" as const, evidence, early: true }];
  await app.store.transact("shop", (state) => decideAll(state, commands, shop, NOW));
}

const metricsOf = async (app: TestApp): Promise<string[]> =>
  (await request(app.app).get("/metrics").expect(200)).text
    .split("\n")
    .filter((line) => /^rollguard_(rollout|gate|blind|bake)/.test(line))
    .sort();

test("metrics tell of the rollout, its gate, and how it ended", async () => {
  const app = await start();
  expect(await metricsOf(app)).toEqual(['rollguard_blind{application="shop"} 0']);

  await deploy(app).expect(200);
  const info = (state: string) =>
    `rollguard_rollout_info{application="shop",plan="safe",stage="1",state="${state}"} 1`;
  const stage = 'rollguard_rollout_stage{application="shop"} 1';
  const left = 'rollguard_bake_remaining_seconds{application="shop"} 3600';
  const verdict = (number: number) =>
    `rollguard_gate_verdict{application="shop",metric="error_rate"} ${number}`;
  const blind = (number: number) => `rollguard_blind{application="shop"} ${number}`;
  expect(await metricsOf(app)).toEqual([left, blind(0), verdict(-1), info("running"), stage]);

  const value = (number: number) => `rollguard_gate_value{application="shop",metric="error_rate"} ${number}`;
  await look(app, [0.01]);
  expect(await metricsOf(app)).toEqual([left, blind(0), value(0.01), verdict(0), info("running"), stage]);
  await look(app, [0.5]);
  expect(await metricsOf(app)).toEqual([left, blind(0), value(0.5), verdict(1), info("running"), stage]);
  await look(app, []);
  expect(await metricsOf(app)).toEqual([left, blind(1), value(0.5), verdict(1), info("holding"), stage]);

  await request(app.app).post(`${APP}/abort`).expect(200);
  expect(await metricsOf(app)).toEqual([
    blind(0),
    info("aborted"),
    stage,
    'rollguard_rollouts_total{outcome="aborted"} 1',
  ]);
});
