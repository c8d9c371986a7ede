import { asInBrowsers, Page } from "../../test/clients/page.ts";

/**
 * Clients with OpenFeature's SDK for browsers and its OFREP provider, an `EventSource` and a connection each, all in one
 * process: much of what they take is the SDK's own work, one client after the other. Tells as `flag-clients.ts` does.
 */

const responders = (process.env.RESPONDERS ?? "").split(",");
const total = Number(process.env.CLIENTS);
const rounds = Number(process.env.ROUNDS);
asInBrowsers("EventSource");

const seen = Array.from({ length: rounds }, () => [] as bigint[]);
const pages = await Promise.all(
  Array.from({ length: total }, (_, index) =>
    new Page(responders[index % responders.length] ?? "").open({ targetingKey: `sdk-${index}` }),
  ),
);
for (const page of pages) void follow(page);
console.log("listening");

async function follow(page: Page): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    while (page.isOn(`flag_${round}`)) await page.changed();
    const times = seen[round] ?? [];
    times.push(process.hrtime.bigint());
    if (times.length === total) console.log(`round ${round}: ${times.join()}`);
  }
}
