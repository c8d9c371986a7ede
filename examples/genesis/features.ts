import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

/** The flags that this application asks for: the new system, and what is new within it. */
export type FeatureKey =
  | "phase_4_deployment"
  | "sglang_router_enabled"
  | "vllm_caching_enabled"
  | "openenv_enabled"
  | "longcontext_profiles_enabled";

/** What a user was answered of a flag: `on` or `off`, as Rollguard names its variants; `none` where nobody could tell. */
export type Variant = "on" | "off" | "none";

export interface Features {
  /** Whether a user meets a feature. False where nobody can tell. */
  isOn(key: FeatureKey, user: string): Promise<boolean>;
  /** The same with what it is counted as. */
  variantOf(key: FeatureKey, user: string): Promise<Variant>;
}

/** Milliseconds. A user waits no longer for a flag; meanwhile and without an answer the feature is off. */
const PATIENCE = 1_000;
/** The provider is this application's own: others in the same process would have theirs. */
const DOMAIN = "genesis";

/**
 * Asks Rollguard for each flag through OpenFeature.
 * @param rollguard `http://127.0.0.1:9095/applications/genesis`, or without a path where it serves one application only
 */
export async function connectFeatures(rollguard: string): Promise<Features> {
  const provider = new OFREPProvider({
    baseUrl: rollguard,
    fetchImplementation: (request: Parameters<typeof fetch>[0]) =>
      fetch(request, { signal: AbortSignal.timeout(PATIENCE) }),
  });
  await OpenFeature.setProviderAndWait(DOMAIN, provider);
  // The SDK would log each evaluation that fails. That Rollguard is away is known from its own metrics.
  const client = OpenFeature.getClient(DOMAIN).setLogger({ error() {}, warn() {}, info() {}, debug() {} });
  return {
    // False is what an application falls back to: the old system, as it was before the flag came.
    isOn: (key, user) => client.getBooleanValue(key, false, { targetingKey: user }),
    variantOf: async (key, user) => {
      const { variant } = await client.getBooleanDetails(key, false, { targetingKey: user });
      return variant === "on" || variant === "off" ? variant : "none";
    },
  };
}

/** Without Rollguard nothing new is on. */
export const nothingNew: Features = { isOn: async () => false, variantOf: async () => "none" };
