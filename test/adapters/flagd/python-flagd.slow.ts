import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { flagdDocument } from "../../../src/adapters/flagd/flagd-document.ts";
import { describeApplication } from "../../../src/app/describe-application.ts";
import { emptyState } from "../../../src/domain/state.ts";
import { ask } from "../../support/ask-flag.ts";
import { policyOf } from "../../support/policies.ts";
import { pythonPackages } from "../../support/python-packages.ts";

const policy = policyOf({
  flags: [
    { key: "half", rolloutPercentage: 50 },
    { key: "few", rolloutPercentage: 12.25 },
  ],
});
const users = Array.from({ length: 5_000 }, (_, id) => (id % 2 === 0 ? `user-${id}` : `吉星-${id}é`));

/** Who meets a flag as Python's evaluator reads what we export, and who meets it here. */
async function met(version: string, flag: string): Promise<[theirs: string[], ours: string[]]> {
  const { application, revision, flags } = describeApplication(policy, emptyState(), 0);
  const document = flagdDocument(application, revision, flags);
  const folder = "test/adapters/flagd/python";
  const { stdout, stderr } = spawnSync("python3", [`${folder}/met.py`], {
    env: { ...process.env, PYTHONPATH: await pythonPackages(`${folder}/flagd-core-${version}.txt`) },
    // Nobody, too: without a targeting key, and with an empty one.
    input: JSON.stringify({ flag, document, users: [...users, "", null] }),
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  const ours = users.filter((user) => {
    const answer = ask(policy.flags, flag, { user });
    return typeof answer === "object" && answer.value;
  });
  return [JSON.parse(stdout), ours];
}

test.each(["half", "few"])("Python's flagd-core 1.0.0 gives %s to the same people", async (flag) => {
  const [theirs, ours] = await met("1.0.0", flag);
  expect(theirs).toEqual(ours);
});

test("Python's flagd-core 2.0.0 gives it to as many others: it hashes CBOR, not the text", async () => {
  const [theirs, ours] = await met("2.0.0", "half");
  expect(Math.abs(theirs.length - ours.length)).toBeLessThan(300);
  const same = new Set(ours);
  expect(Math.abs(theirs.filter((user) => same.has(user)).length / theirs.length - 0.5)).toBeLessThan(0.1);
});
