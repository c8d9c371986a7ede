import type { ChartView } from "../../app/report/report.ts";

/** A report laid out, whatever it is written in. Texts are not escaped. */
export interface ReportDocument {
  readonly title: string;
  readonly status: string;
  readonly tone: Tone;
  /** What the status rests on. */
  readonly because: readonly string[];
  readonly time: string;
  readonly sections: readonly Section[];
  readonly foot: string;
}

export type Tone = "good" | "warn" | "bad" | "none";

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: "facts"; readonly rows: readonly (readonly [label: string, value: Cell])[] }
  | {
      readonly kind: "table";
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
      /** Instead of a table without rows. */
      readonly none: string;
    }
  | { readonly kind: "list"; readonly items: readonly string[]; readonly none: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "charts"; readonly charts: readonly ChartView[] };

export interface Told {
  readonly text: string;
  readonly tone?: Tone;
  /** Not to be broken into lines, as a time. */
  readonly tight?: boolean;
  /** A name, such as a flag's. */
  readonly code?: boolean;
  /** `http:`, `https:` or `mailto:`; anything else is no link. */
  readonly href?: string;
}

export type Cell = string | Told;
