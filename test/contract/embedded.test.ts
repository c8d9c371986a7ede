import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { describeStore } from "./store-contract.ts";
import { countingObserver } from "./works.ts";

let directory: TemporaryDirectory;

describeStore("embedded", {
  start: async () => {
    directory = await temporaryDirectory("embedded");
  },
  stop: () => directory.remove(),
  open: (observer = countingObserver()) =>
    createEmbeddedStore({ directory: directory.path, observer, lockTimeout: 60_000 }),
  place: () => directory.path,
  announcesToAll: false,
});
