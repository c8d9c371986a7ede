import request, { type Response } from "supertest";
import type { TestApp } from "../../support/http-app.ts";
import { expectOfrep } from "../../support/ofrep-schema.ts";
import { policyOf } from "../../support/policies.ts";

export const NOW = 1_790_000_000_000;

/** One flag of each kind that OFREP tells apart. */
export const shop = policyOf({
  flags: [
    { key: "search" },
    { key: "gone", enabled: false },
    { key: "half", rolloutPercentage: 50 },
    { key: "nobody", rolloutPercentage: 0 },
    { key: "forced", enabled: false, override: true },
    {
      key: "pilot",
      rolloutPercentage: 0,
      targeting: {
        users: new Set(["ada"]),
        regions: new Set(["eu"]),
        rules: [{ attribute: "__proto__", test: { kind: "in", values: new Set(["x"]) }, serve: true }],
      },
    },
    {
      key: "ramped",
      ramp: {
        shape: "steps",
        points: [
          { at: NOW, percentage: 0 },
          { at: NOW + 60_000, percentage: 100 },
        ],
      },
    },
  ],
});

interface Question {
  readonly application?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

/** Asks for one flag; the answer is OFREP's, or the test fails. */
export async function single(
  app: TestApp,
  key: string,
  body: unknown,
  question: Question = {},
): Promise<Response> {
  return await asked("single", app, `/${key}`, body, question);
}

/** Asks for all flags; the answer is OFREP's, or the test fails. */
export async function bulk(app: TestApp, body: unknown, question: Question = {}): Promise<Response> {
  return await asked("bulk", app, "", body, question);
}

async function asked(
  kind: "single" | "bulk",
  { app }: TestApp,
  suffix: string,
  body: unknown,
  { application, headers = {}, query = "" }: Question,
): Promise<Response> {
  const prefix = application === undefined ? "" : `/applications/${application}`;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const reply = await request(app)
    .post(`${prefix}/ofrep/v1/evaluate/flags${suffix}${query}`)
    .set({ "Content-Type": "application/json", ...headers })
    .send(text);
  expectOfrep(kind, reply);
  return reply;
}

/** Turns flags off as an operator does. */
export async function turnOff({ app }: TestApp, ...flags: readonly string[]): Promise<void> {
  const reply = await request(app)
    .post("/api/v1/applications/shop/rollbacks")
    .send({ tier: "flag", flags, reason: "it is slow" });
  if (reply.status !== 200) throw new Error(reply.text);
}
