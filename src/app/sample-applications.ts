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
}

/** @throws RollguardError `store_unavailable` */
export async function viewApplications({
  policies,
  store,
  clock,
}: SampleApplications): Promise<readonly ApplicationView[]> {
  return await Promise.all(
    policies
      .all()
      .map(async (policy) =>
        describeApplication(policy, await store.read(policy.application.name), clock.now()),
      ),
  );
}

/** @throws RollguardError `store_unavailable` */
export async function sampleApplications(
  options: SampleApplications,
): Promise<readonly SampledApplication[]> {
  const views = await viewApplications(options);
  return await Promise.all(
    views.map(async (view) => ({ ...view, ledger: await options.store.ledger(view.application) })),
  );
}
