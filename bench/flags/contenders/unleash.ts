import { InMemStorageProvider, Unleash, type UnleashConfig } from "unleash-client";
import { type Evaluator, OTHERS, SCENARIOS } from "../scenarios.ts";

type Feature = NonNullable<NonNullable<UnleashConfig["bootstrap"]>["data"]>[number];
type Strategy = NonNullable<Feature["strategies"]>[number];
type Operator = Strategy["constraints"][number]["operator"];

/** Nobody listens there: everything comes from the bootstrap. */
const NOWHERE = "http://127.0.0.1:9/api";

export async function unleash(): Promise<Evaluator> {
  const data = [
    ...OTHERS.map((key) => featureOf(key, [share(key, 100)])),
    ...SCENARIOS.map(({ key, percentage, targeted }) =>
      featureOf(key, [...(targeted ? [pro(key)] : []), share(key, percentage)]),
    ),
  ];
  const client = new Unleash({
    url: NOWHERE,
    appName: "bench",
    bootstrap: { data },
    storageProvider: new InMemStorageProvider(),
    refreshInterval: 0,
    disableMetrics: true,
    disableAutoStart: true,
  });
  // That the server is not there.
  client.on("error", () => undefined);
  client.on("warn", () => undefined);
  const ready = new Promise((resolve) => client.once("ready", resolve));
  void client.start();
  await ready;
  return (key, user) => client.isEnabled(key, { userId: user.id, properties: { plan: user.plan } });
}

function featureOf(name: string, strategies: Strategy[]): Feature {
  return {
    name,
    type: "release",
    enabled: true,
    project: "default",
    stale: false,
    impressionData: false,
    variants: [],
    strategies,
  };
}

function share(groupId: string, percentage: number): Strategy {
  return {
    name: "flexibleRollout",
    parameters: { rollout: String(percentage), stickiness: "userId", groupId },
    constraints: [],
  };
}

function pro(groupId: string): Strategy {
  // The package keeps its names of operators to itself.
  const operator = "IN" as Operator;
  return {
    ...share(groupId, 100),
    constraints: [
      { contextName: "plan", operator, inverted: false, caseInsensitive: false, values: ["pro"] },
    ],
  };
}
