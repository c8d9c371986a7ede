import base from "./jest.config.js";

/** Long walks and foreign toolchains, run by name: `npm run test:slow -- <name>`. */
/** @type {import("jest").Config} */
export default {
  ...base,
  testMatch: ["**/*.slow.ts"],
  testTimeout: 1_800_000,
  maxWorkers: 1,
  collectCoverage: false,
  coverageThreshold: {},
};
