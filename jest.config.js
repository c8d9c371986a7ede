/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  // The domain is a root too, or a file of it that no test imports would not count as uncovered.
  roots: ["<rootDir>/test", "<rootDir>/src/domain"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  testMatch: ["**/*.test.ts"],
  testSequencer: "<rootDir>/test/support/waiting-first.mjs",
  // A bound for what hangs, not for what is slow: a machine that does other things too must not make a test red.
  testTimeout: 120_000,
  // One more than the cores that it is meant for: those who wait for real servers leave them free two thirds of the time.
  maxWorkers: 3,
  collectCoverage: true,
  collectCoverageFrom: ["src/domain/**/*.ts"],
  coverageReporters: ["text", "lcovonly"],
  coverageThreshold: { global: { branches: 100, functions: 100, lines: 100, statements: 100 } },
};
