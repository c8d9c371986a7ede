import { type ApplicationView, describeApplication } from "./describe-application.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Ledger, StateStore } from "./ports.ts";

interface SampleApplications {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly clock: Clock;
}

/** An application as metrics show it. */
export interface SampledApplication extends ApplicationView {
  readonly ledger: Ledger;
  readonly outbox: SampledOutbox;
}

interface SampledOutbox {
  readonly waiting: number;
  readonly dead: number;
  /** Of the oldest message that waits; 0 when none does. */
  readonly ageSeconds: number;
}

/** @throws RollguardError `store_unavailable` */
export async function viewApplications({
  policies,
  store,
  clock,
}: SampleApplications): Promise<readonly ApplicationView[]> {
  return await Promise.all(
    policies.all().map(async (policy) => {
      const { name } = policy.application;
      return describeApplication(policy, await store.read(name), clock.now(name));
    }),
  );
}

/** @throws RollguardError `store_unavailable` */
export async function sampleApplications(
  options: SampleApplications,
): Promise<readonly SampledApplication[]> {
  const views = await viewApplications(options);
  return await Promise.all(
    views.map(async (view) => {
      const [ledger, outbox] = await Promise.all([
        options.store.ledger(view.application),
        sampleOutbox(options, view.application),
      ]);
      return { ...view, ledger, outbox };
    }),
  );
}

async function sampleOutbox(
  { store, clock }: SampleApplications,
  application: string,
): Promise<SampledOutbox> {
  const { waiting, dead, oldestAt } = await store.outbox.depth(application);
  const ageSeconds = oldestAt === null ? 0 : Math.max(0, clock.now(application) - oldestAt) / 1_000;
  return { waiting, dead, ageSeconds };
}
