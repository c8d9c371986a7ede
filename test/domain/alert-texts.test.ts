import { expect, it } from "@jest/globals";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

it("an alert's own words are kept where something is done for it, and nowhere else", () => {
  const app = new RollbackSimulator({ policy: running, now: 1_790_000_000_000 });
  const texts = { summary: "Errors", description: "3 %", runbookUrl: null, dashboardUrl: null };
  expect(app.fires("TestsFail", { texts }).events[0]?.alert).toMatchObject({ texts });
  expect(app.fires("CacheBroken", { texts }).events[0]?.alert).not.toHaveProperty("texts");
});
