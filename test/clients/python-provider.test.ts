import { describe } from "@jest/globals";
import { pythonPackages } from "../support/python-packages.ts";
import { readsFlags } from "./foreign-suite.ts";

describe("Python's SDK 0.10.0 and OFREP provider 0.3.0", () => {
  readsFlags(
    async () => ({
      command: "python3",
      args: ["test/clients/python/ask.py"],
      env: { PYTHONPATH: await pythonPackages("test/clients/python/requirements.txt") },
    }),
    // It cannot write a date into its request, and asks nobody.
    { details: true, keyMissing: "TARGETING_KEY_MISSING", date: "GENERAL" },
  );
});
