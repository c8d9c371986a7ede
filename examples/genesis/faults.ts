import type { FeatureKey } from "./features.ts";

/** What can be wrong with the new system. Each fault lives in one feature, and hits only the users who meet that. */
export type FaultName = "errors" | "latency" | "tests" | "crash";

export interface Fault {
  readonly feature: FeatureKey;
  readonly description: string;
}

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  errors: {
    feature: "sglang_router_enabled",
    description: "the SGLang router loses one request in five",
  },
  latency: {
    feature: "vllm_caching_enabled",
    description: "the vLLM cache waits 700 ms for a lock",
  },
  tests: {
    feature: "openenv_enabled",
    description: "OpenEnv gives wrong answers: no error, and only the application's own tests notice",
  },
  crash: {
    feature: "longcontext_profiles_enabled",
    description: "long-context profiles take the whole process down",
  },
};

export function isFaultName(text: unknown): text is FaultName {
  return typeof text === "string" && Object.hasOwn(FAULTS, text);
}
