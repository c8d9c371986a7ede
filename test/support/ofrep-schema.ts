import { readFileSync } from "node:fs";
import { expect } from "@jest/globals";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Response } from "supertest";
import { parse } from "yaml";

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

const document = parse(readFileSync(new URL("ofrep-openapi.yaml", import.meta.url), "utf8"));
// A boolean value fits two of the kinds of flag, since one of them has no bounds at all: what is meant is anyOf.
const [, values] = document.components.schemas.evaluationSuccess.allOf;
values.anyOf = values.oneOf;
delete values.oneOf;

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, "ofrep");

const SINGLE = "/ofrep/v1/evaluate/flags/{key}";
const BULK = "/ofrep/v1/evaluate/flags";

/**
 * Checks an answer against OFREP's own document, and against what its clients need besides: `errorDetails` with every
 * failure, whole seconds to wait, an ETag. Where the document has no shape for a status, it is that of a failure.
 */
export function expectOfrep(kind: "single" | "bulk", reply: Response): void {
  const { status, headers, body, text } = reply;
  expect(headers["cache-control"]).toBe("no-store");
  if (kind === "bulk" && (status === 200 || status === 304)) expect(headers.etag).toMatch(/^"[\w-]{22}"$/);
  if (status === 304) {
    expect(text).toBe("");
    return;
  }
  expect(headers["content-type"]).toBe("application/json; charset=utf-8");
  const validate = schemaOf(kind, status);
  validate(body);
  expect(validate.errors ?? []).toEqual([]);
  if (status === 200) return;
  expect(body).toMatchObject({ errorCode: expect.any(String), errorDetails: expect.stringMatching(/./) });
  if (kind === "single") expect(body.key).toEqual(expect.any(String));
  if (status === 429 || status === 503) expect(headers["retry-after"]).toMatch(/^[1-9]\d*$/);
}

function schemaOf(kind: "single" | "bulk", status: number): ValidateFunction {
  const path = kind === "single" ? SINGLE : BULK;
  const { responses } = document.paths[path].post as Operation;
  const hasShape = status < 500 && responses[status]?.content !== undefined;
  const pointer = path
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
    .replaceAll("{", "%7B")
    .replaceAll("}", "%7D");
  const failure = `components/schemas/${kind === "single" ? "evaluationFailure" : "bulkEvaluationFailure"}`;
  const place = hasShape
    ? `paths/${pointer}/post/responses/${status}/content/application~1json/schema`
    : failure;
  return ajv.compile({ $ref: `ofrep#/${place}` });
}
