import { describe, expect, it } from "@jest/globals";
import { KeySample } from "../../src/app/key-sample.ts";
import { bucketOf, murmur3, saltOf } from "../../src/domain/bucket.ts";

const KEYS = 20_000;
/** In buckets: 5 %. */
const SHARE = 500;

function sampleOf(keys: Iterable<string>, flag = "search"): KeySample {
  const sample = new KeySample();
  const salt = saltOf(flag);
  for (const key of keys) sample.see(murmur3(key), bucketOf(salt, key) < SHARE);
  return sample;
}

function* users(count: number, prefix = "user-"): Generator<string> {
  for (let user = 0; user < count; user += 1) yield `${prefix}${user}`;
}

describe("a sample of keys", () => {
  it("counts few of them exactly, and each once", () => {
    const sample = sampleOf([...users(4_000), ...users(4_000)]);
    expect(sample.on.sampled + sample.off.sampled).toBe(4_000);
    expect(sample.on.estimate + sample.off.estimate).toBe(4_000);
  });

  // Four standard errors; hashes are what they are, so that this fails always or never.
  it.each(["user-", ""])("knows about how many there are of %s…", (prefix) => {
    const { on, off } = sampleOf(users(KEYS, prefix));
    expect(Math.abs((on.estimate + off.estimate) / KEYS - 1)).toBeLessThan(4 * 0.013);
    expect(Math.abs(on.estimate / (KEYS * 0.05) - 1)).toBeLessThan((4 * 0.013) / Math.sqrt(0.05));
    expect(on.sampled + off.sampled).toBeLessThan(KEYS * 0.75);
  });

  it("is drawn by something else than the variant: in it both have their share of the users", () => {
    for (const flag of ["search", "phase_4_deployment", "a"]) {
      const { on, off } = sampleOf(users(KEYS), flag);
      const count = on.sampled + off.sampled;
      const error = Math.sqrt((0.05 * 0.95) / count);
      expect(Math.abs(on.sampled / count - 0.05)).toBeLessThan(4 * error);
    }
  });
});
