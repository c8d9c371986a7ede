import { safeAddress } from "../../../app/html.ts";
import type { FlagSetting } from "../../../domain/flag.ts";
import type { Contact } from "../../../domain/policy.ts";
import { formatDuration, type Instant } from "../../../domain/time.ts";
import { type Block, facts, type MailLink } from "./mail-document.ts";
import { oneLine } from "./one-line.ts";

const MAX_NAME = 120;
/** Addresses that are longer are none that somebody wrote. */
const MAX_URL = 2_000;
const MAX_CONTACTS = 20;

/** `2026-03-14 10:15:00 UTC`, or without the day. */
export function timeText(at: Instant, { day = true } = {}): string {
  const text = new Date(at).toISOString();
  return `${day ? `${text.slice(0, 10)} ` : ""}${text.slice(11, 19)} UTC`;
}

export function isSameDay(a: Instant, b: Instant): boolean {
  return new Date(a).toISOString().slice(0, 10) === new Date(b).toISOString().slice(0, 10);
}

/** `20.4s`, `2m3s` */
export function secondsText(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds * 10) / 10}s` : formatDuration(Math.round(seconds) * 1_000);
}

export function settingText({ enabled, rolloutPercentage }: FlagSetting): string {
  return enabled ? `${rolloutPercentage} %` : "off";
}

/** The address as it may be linked to; none where that would not be safe. */
export function linkOf(name: string, url: string | null): MailLink[] {
  const address = url === null || url.length > MAX_URL ? null : safeAddress(url);
  return address === null ? [] : [{ name, url: address }];
}

export function contactsBlock(contacts: readonly Contact[]): Block {
  return facts(
    "Contacts",
    contacts.slice(0, MAX_CONTACTS).map(({ role, name, email, escalation }) => {
      const address = email === null ? "" : `, ${email}`;
      const when = escalation === "" ? "" : ` (${escalation})`;
      return [oneLine(role, MAX_NAME), oneLine(`${name}${address}${when}`, 3 * MAX_NAME)] as const;
    }),
  );
}

/** Cut where a mail would be all list. */
export function cutList(items: readonly string[], most: number, mostOfEach: number): string[] {
  const more = items.length - most;
  return [
    ...items.slice(0, most).map((item) => oneLine(item, mostOfEach)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}
