import { expect, test } from "@jest/globals";
import { metricsSection } from "../../../src/adapters/report/common-sections.ts";
import { metricRows } from "../../../src/app/report/metric-rows.ts";
import type { Report } from "../../../src/app/report/report.ts";
import type { Bake } from "../../../src/domain/bake.ts";
import type { Gate } from "../../../src/domain/gate.ts";
import { readingsOf } from "../../../src/domain/judge.ts";
import type { Rollout } from "../../../src/domain/rollout.ts";
import { countedCriterion } from "../../support/counted.ts";
import { CountedStages, START } from "../../support/counted-stage.ts";
import { HOUR, MINUTE } from "../../support/policies-rollout.ts";

test("a report tells what was counted: as the ledger has it last, else as it stands now", () => {
  const app = new CountedStages();
  app.begin([countedCriterion()], { bake: HOUR });
  app.runUntil(START + HOUR);
  const criterion = countedCriterion();
  const reported = {
    metric: "error_rate",
    unit: "percent",
    expr: null,
    source: "prometheus",
    gated: true,
    criterion,
  } as const;
  const measured = { reported: [reported], series: new Map(), critical: null, noAlerts: null };
  const metrics = metricRows(measured, app.ledger);
  expect(metrics).toMatchObject([
    { value: 0, from: "ledger", counted: "0 of 36,000 failed: 0 %, at most 0.01 %; limit 1 %: green" },
  ]);
  expect(metricsSection("Metrics", { metrics } as unknown as Report).blocks[1]).toEqual({
    kind: "list",
    items: ["Error rate: 0 of 36,000 failed: 0 %, at most 0.01 %; limit 1 %: green"],
    none: "",
  });
  app.requestsAt = () => ({ total: 20, bad: 0 });
  app.runFor(MINUTE);
  const gate = app.policy.gates.get("standard") as Gate;
  const now = readingsOf(gate, app.state.bake as Bake, app.state.rollout as Rollout);
  expect(metricRows(measured, app.ledger, now)).toMatchObject([
    { counted: "40 of 367 requests seen: not enough yet" },
  ]);
});
