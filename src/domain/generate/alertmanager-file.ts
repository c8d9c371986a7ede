/** The configuration as Alertmanager reads it, keys in the order in which they are written. */
export interface AlertmanagerConfig {
  readonly global: Readonly<Record<string, string>>;
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly receivers: readonly Receiver[];
}

export interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly continue?: boolean;
  readonly routes?: readonly Route[];
}

export interface InhibitRule {
  readonly name?: string;
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

export interface Receiver {
  readonly name: string;
  readonly webhook_configs?: readonly WebhookConfig[];
  readonly slack_configs?: readonly SlackConfig[];
  readonly pagerduty_configs?: readonly PagerdutyConfig[];
  readonly email_configs?: readonly EmailConfig[];
}

export interface WebhookConfig {
  readonly url: string;
  readonly send_resolved: boolean;
  readonly max_alerts: number;
  readonly timeout?: string;
  readonly http_config: {
    readonly follow_redirects: boolean;
    readonly authorization: { readonly credentials_file: string };
  };
}

interface SlackConfig {
  readonly channel: string;
  readonly send_resolved: boolean;
  readonly title: string;
  readonly title_link: string;
  readonly text: string;
}

interface PagerdutyConfig {
  readonly routing_key_file: string;
  readonly send_resolved: boolean;
  readonly severity: string;
  readonly component: string;
  readonly group: string;
  readonly description: string;
}

interface EmailConfig {
  readonly to: string;
  readonly send_resolved: boolean;
}
