import { describe, expect, test } from "@jest/globals";
import { createRedisStore } from "../../../src/adapters/store/redis/redis-store.ts";
import { describeRedis, parseRedisUrl } from "../../../src/adapters/store/redis/url.ts";
import { countingObserver } from "../../contract/works.ts";

const PLAIN = { kind: "standalone", tls: false, db: 0, master: "" };
const at = (host: string, port: number): { host: string; port: number } => ({ host, port });

describe("a Redis URL", () => {
  test.each([
    ["redis://localhost", { ...PLAIN, endpoints: [at("localhost", 6379)] }],
    ["redis://10.0.0.1:7000/2", { ...PLAIN, endpoints: [at("10.0.0.1", 7000)], db: 2 }],
    ["redis://[::1]:7000/", { ...PLAIN, endpoints: [at("::1", 7000)] }],
    ["rediss://r.example:6380", { ...PLAIN, endpoints: [at("r.example", 6380)], tls: true }],
    ["redis://:p%40ss%2F@r", { ...PLAIN, endpoints: [at("r", 6379)], password: "p@ss/" }],
    ["redis://me:secret@r", { ...PLAIN, endpoints: [at("r", 6379)], username: "me", password: "secret" }],
    [
      "redis+sentinel://me:secret@a:1,b/my%20master?db=3",
      {
        kind: "sentinel",
        endpoints: [at("a", 1), at("b", 26379)],
        tls: false,
        username: "me",
        password: "secret",
        db: 3,
        master: "my master",
      },
    ],
    [
      "redis+cluster://a:1,b:2",
      { kind: "cluster", endpoints: [at("a", 1), at("b", 2)], tls: false, db: 0, master: "" },
    ],
    ["rediss+cluster://a:1", { kind: "cluster", endpoints: [at("a", 1)], tls: true, db: 0, master: "" }],
    [
      "rediss+sentinel://a:1/m?sentinelUsername=watch&sentinelPassword=a%26b=+c",
      {
        kind: "sentinel",
        endpoints: [at("a", 1)],
        tls: true,
        sentinelUsername: "watch",
        sentinelPassword: "a&b=+c",
        db: 0,
        master: "m",
      },
    ],
    ["redis://r?", { ...PLAIN, endpoints: [at("r", 6379)] }],
  ])("%s", (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected);
  });

  test.each([
    ["", /must look like redis:/],
    ["localhost:6379", /must look like redis:/],
    ["http://localhost", /must look like redis:/],
    ["constructor://localhost", /must look like redis:/],
    ["redis://", /must look like redis:/],
    ["redis://r/zero", /a database that is no number/],
    ["redis://r:0", /no host\[:port\]/],
    ["redis://r:70000", /no host\[:port\]/],
    ["redis+cluster://a,,b", /no host\[:port\]/],
    ["redis://:50%@r", /no percent-encoding/],
    ["redis://:hush@more@r", /no host\[:port\]; is the password percent-encoded/],
    ["redis://:hush/more@r", /no host\[:port\]; is the password percent-encoded/],
    ["redis://hush/@r", /a database that is no number/],
    ["redis+sentinel://a:1", /not the primary/],
    ["redis+sentinel://a:1/m?db=x", /a database that is no number/],
    ["redis+cluster://a:1/2", /only the database 0/],
    ["redis://r?tls=true", /unknown parameter: it takes none; TLS is rediss/],
    ["redis://r?hush", /unknown parameter/],
    ["redis://r?sentinelPassword=hush", /unknown parameter: it takes none/],
    ["redis+sentinel://a:1/m?sentinelpassword=hush", /it takes db, sentinelUsername, sentinelPassword/],
    ["redis+sentinel://a:1/m?db=1&db=2", /db twice/],
    ["redis+sentinel://a:1/m?sentinelPassword=%hush", /no percent-encoding/],
    ["redis+cluster://a:1?db=1", /unknown parameter: it takes none/],
    ["redis://a,b", /several servers: are they sentinels, or a cluster/],
  ])("%j is refused, and nothing of it is repeated", (url, message) => {
    const open = (): unknown => createRedisStore({ url, observer: countingObserver() });
    expect(open).toThrow(message);
    expect(open).not.toThrow(/hush/);
  });

  test.each([
    ["redis://me:hush@r/2", "redis://r:6379/2"],
    ["rediss://[::1]:7000", "rediss://[::1]:7000"],
    ["redis+sentinel://me:hush@a:1,b/m?db=3&sentinelPassword=hush", "redis+sentinel://a:1,b:26379/m?db=3"],
    ["redis+sentinel://a:1/m?sentinelUsername=hush", "redis+sentinel://a:1/m"],
    ["rediss+cluster://:hush@a:1,b:2", "rediss+cluster://a:1,b:2"],
  ])("%s is told without a login", (url, told) => {
    expect(describeRedis(parseRedisUrl(url))).toBe(told);
  });
});
