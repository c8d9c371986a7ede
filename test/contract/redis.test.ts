import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { describeStore } from "./store-contract.ts";
import { countingObserver } from "./works.ts";

let server: RedisServer;

describeStore("redis", {
  start: async () => {
    server = await startRedis();
  },
  stop: () => server.stop(),
  open: (observer = countingObserver()) =>
    createRedisStore({ url: server.url, observer, lockTimeout: 60_000 }),
  place: () => server.url,
  announcesToAll: true,
});
