import { describe, expect, it } from "@jest/globals";
import { Policies } from "../../src/app/policies.ts";
import type { Alert } from "../../src/domain/alert.ts";
import { policyOf } from "../support/policies.ts";

function about(said: { application?: string; job?: string }): Alert {
  const { application = null, job = null } = said;
  return { fingerprint: "f", name: "A", status: "firing", startsAt: 0, application, job, labels: {} };
}

describe("whom an alert is about", () => {
  const shop = policyOf({ application: "shop", job: "web" });
  const pub = policyOf({ application: "pub" });
  const bank = policyOf({ application: "bank" });
  const policies = new Policies([shop, pub, bank]);

  it("is what an address names that a policy has, then the label, then the job", () => {
    expect(policies.of(about({ application: "shop", job: "bank" }), "pub")).toBe(pub);
    expect(policies.of(about({ application: "shop", job: "bank" }))).toBe(shop);
    expect(policies.of(about({ job: "bank" }))).toBe(bank);
    expect(policies.of(about({ application: "shop", job: "bank" }), "none")).toBe(shop);
    expect(policies.of(about({ job: "bank" }), "none")).toBe(bank);
    expect(policies.of(about({ application: "nginx" }), "pub")).toBe(pub);
  });

  it("is unknown when nothing is said among several, or a job that nobody has", () => {
    expect(policies.of(about({}))).toBeUndefined();
    expect(policies.of(about({ job: "other" }))).toBeUndefined();
    expect(policies.of(about({ application: "__proto__" }))).toBeUndefined();
  });

  it("is the only application when nothing is said, and counts from the moment policies are replaced", () => {
    const one = new Policies([bank]);
    expect(one.of(about({}))).toBe(bank);
    expect(one.of(about({}), "{{ .CommonLabels.application }}")).toBe(bank);
    expect(one.of(about({}), "other")).toBeUndefined();
    one.replace([shop]);
    expect(one.of(about({}))).toBe(shop);
    expect(one.of(about({ job: "bank" }))).toBeUndefined();
  });
});
