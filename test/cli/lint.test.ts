import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectGolden } from "./golden.ts";
import { run } from "./run.ts";
import { type Place, placeFor, SHOP } from "./shop.ts";

/** A policy that every check is content with. */
const CLEAN = `application: { name: shop, trafficFlag: checkout }
tiers:
  phase: { phases: [6], trafficCap: 30 }
  safe-state: { phases: [6], trafficCap: 0 }
flags:
  checkout: { enabled: true, phase: 4 }
  cache: { enabled: true, rolloutPercentage: 50, phase: 6 }
metrics:
  - { record: errors, expr: "sum(rate(shop_errors_total[1m]))", unit: count }
alerts:
  - alert: ErrorsSpike
    expr: errors > 1
    for: 2m
    rollback: safe-state
    labels: { severity: critical }
    annotations: { summary: Errors, description: "{{ $value }} errors a second", runbook_url: docs/runbooks/ErrorsSpike.md }
  - alert: ErrorsAbsent
    expr: absent(errors)
    for: 1m
    blind: true
    labels: { severity: critical }
    annotations: { summary: No errors, description: Nobody counts errors., runbook_url: docs/runbooks/ErrorsAbsent.md }
`;

let place: Place;
let shop: string;
let broken: string;

beforeAll(async () => {
  place = await placeFor({ "bank.yaml": CLEAN.replace("shop", "bank") });
  shop = await place.write("shop.yaml", CLEAN);
  broken = await place.write(
    "broken.txt",
    SHOP.replace("enabled: true, phase: 4", "enabld: yes").replace("parent: cache", "parent: cash"),
  );
});

afterAll(() => place?.remove());

describe("lint", () => {
  it("is content with good policies", async () => {
    expect(await run(["lint", shop])).toMatchObject({ code: 0, stdout: "no problems: shop\n", stderr: "" });
    expect(await run(["lint", place.directory])).toMatchObject({ stdout: "no problems: bank, shop\n" });
  });

  it("checks ROLLGUARD_POLICY, else rules/, when nothing is named", async () => {
    const named = await run(["lint"], { environment: { ROLLGUARD_POLICY: shop } });
    expect(named).toMatchObject({ code: 0, stdout: "no problems: shop\n" });
    expect(await run(["lint"])).toMatchObject({ code: 0, stdout: "no problems: genesis\n" });
  });

  it("tells every mistake of every file, each at its place", async () => {
    const { transcript, stdout, stderr, code } = await run(["lint", broken, shop, `${place.directory}/none`]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^[^:\n]+:\d+:\d+: error: \S/m);
    expectGolden("lint", transcript, place.directory);
  });

  it("tells programs the same", async () => {
    const { code, stdout, stderr } = await run(["lint", "--json", broken, shop]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const { policies, problems } = JSON.parse(stdout);
    expect(policies).toEqual(["shop"]);
    expect(problems).toContainEqual(
      expect.objectContaining({
        file: broken,
        line: expect.any(Number),
        column: expect.any(Number),
        severity: "error",
        message: expect.stringContaining("cash"),
      }),
    );
    const good = await run(["lint", "--json", shop]);
    expect(good).toMatchObject({ code: 0, stdout: '{"policies":["shop"],"problems":[]}\n' });
  });
});
