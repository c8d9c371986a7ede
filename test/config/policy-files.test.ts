import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { loadPolicies } from "../../src/config/policy-files.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { SMALL } from "./marked-policy.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollguard-policies-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const put = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content);

/** The names of the applications, and the problems without the directory's name. */
const load = (path = directory) => {
  const { policies, problems } = loadPolicies(path);
  return [
    policies.map(({ application }) => application.name),
    problems.map((problem) => formatProblem(problem).replaceAll(`${directory}/`, "")),
  ];
};

/** Whoever is root may read everything: for as long as the job takes it is somebody else. */
function asNobodySpecial<T>(job: () => T): T {
  if (process.geteuid?.() !== 0) return job();
  process.seteuid?.(65_534);
  try {
    return job();
  } finally {
    process.seteuid?.(0);
  }
}

describe("the policies of a path", () => {
  it("are that of a file, whatever its name", () => {
    put("shop.policy", SMALL);
    expect(load(join(directory, "shop.policy"))).toEqual([["shop"], []]);
  });

  it("are those directly in a directory, by name", () => {
    put("b.yaml", SMALL.replace("shop", "b"));
    put("a.yml", SMALL.replace("shop", "a"));
    put("a.rules.yml", "groups: []\n");
    put("policy.schema.json", "{}");
    put(".hidden.yaml", "not: ours\n");
    mkdirSync(join(directory, "generated"));
    put("generated/x.yaml", "groups: []\n");
    mkdirSync(join(directory, "folder.yaml"));
    expect(load()).toEqual([["a", "b"], []]);
  });

  it("are told with the mistakes of every file", () => {
    put("a.yaml", "a: [\n");
    put("b.yaml", SMALL);
    put("c.yaml", SMALL.replace("phase: 1", "fase: 1"));
    const [names, problems] = load();
    expect(names).toEqual(["shop"]);
    expect(problems?.map((line) => line.split(":")[0])).toEqual(["a.yaml", "c.yaml"]);
    expect(problems?.[1]).toBe('c.yaml:3:19: unknown key "fase"; did you mean "phase"?');
  });

  it("are of different applications", () => {
    put("a.yaml", SMALL);
    put("b.yaml", SMALL);
    expect(load()).toEqual([["shop"], ['b.yaml:1:22: "shop" is the application of a.yaml too']]);
  });

  it("are of different jobs: an alert that says no more would be about none of them", () => {
    put("a.yaml", SMALL);
    put("b.yaml", SMALL.replace("name: shop", "name: pub, job: shop"));
    put("c.yaml", SMALL.replace("name: shop", "name: bank, job: bar"));
    put("d.yaml", SMALL.replace("name: shop", "name: bar"));
    expect(load()).toEqual([
      ["shop", "bank"],
      ['b.yaml:1:32: "shop" is the job of a.yaml too', 'd.yaml:1:22: "bar" is the job of c.yaml too'],
    ]);
  });
});

describe("a path without policies", () => {
  it("does not exist", () => {
    expect(load(join(directory, "none.yaml"))).toEqual([[], ["none.yaml:1:1: does not exist"]]);
  });

  it("is a directory without policy files", () => {
    put("readme.md", "# hello");
    const [, problems] = load();
    expect(problems).toEqual([`${directory}:1:1: has no policy: no *.yaml or *.yml file is in it`]);
  });

  it("is an empty file", () => {
    put("a.yaml", "");
    expect(load()).toEqual([[], ["a.yaml:1:1: is empty"]]);
  });

  it("is not text", () => {
    put("a.yaml", Uint8Array.of(0xff, 0xfe, 0x00, 0x41));
    expect(load()).toEqual([[], ["a.yaml:1:1: is not UTF-8 text"]]);
  });

  it("is too large, and is not even read", () => {
    put("a.yaml", Buffer.alloc(10 * 1024 * 1024, "#"));
    expect(load()).toEqual([[], ["a.yaml:1:1: is too large: 10485760 bytes, and at most 1000000 are read"]]);
  });

  it("may not be read", () => {
    put("a.yaml", SMALL);
    chmodSync(join(directory, "a.yaml"), 0);
    chmodSync(directory, 0o755);
    expect(asNobodySpecial(() => load())).toEqual([[], ["a.yaml:1:1: may not be read by this user"]]);
  });
});
