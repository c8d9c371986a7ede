import { DashboardBuilder, type RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dashboard, DashboardRow } from "../../domain/generate/dashboard.ts";
import { formatDuration } from "../../domain/time.ts";
import { panelBuilder } from "./panel-builder.ts";

/** Grafana's own grid. */
const COLUMNS = 24;
const PANEL_HEIGHT = 8;

/** Writes a dashboard as Grafana's provisioning reads it: the same bytes for the same dashboard. */
export function dashboardJson(dashboard: Dashboard, description: string): string {
  const builder = new DashboardBuilder(dashboard.title)
    .uid(dashboard.uid)
    .description(description)
    .tags([...dashboard.tags])
    .timezone("browser")
    .refresh(formatDuration(dashboard.refresh))
    .time({ from: `now-${hoursOf(dashboard.last)}h`, to: "now" })
    // What is edited in the browser would be lost with the next generation.
    .readonly();
  const built = builder.build();
  built.panels = placed(dashboard.rows);
  // Through JSON once: the builders leave functions and undefined values behind.
  return `${jsonText(JSON.parse(JSON.stringify(built)))}\n`;
}

/** As JSON.stringify with two spaces, but a list of plain values stays on its line: the project's own style. */
function jsonText(value: unknown, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((item) => jsonText(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${jsonText(item, inner)}`);
  const [open, close] = isList ? "[]" : "{}";
  if (parts.length === 0) return `${open}${close}`;
  if (isList && value.every((item) => typeof item !== "object")) return `[${parts.join(", ")}]`;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** Grafana's durations know no `2d` as Prometheus means it, and 48 hours are what people say. */
function hoursOf(duration: number): number {
  return Math.ceil(duration / 3_600_000);
}

type Placed = NonNullable<ReturnType<DashboardBuilder["build"]>["panels"]>;

/** Places every panel by hand: the builder's own layout counts on rows that are exactly full. */
function placed(rows: readonly DashboardRow[]): Placed {
  const panels: Placed = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    panels.push(rowPanel(title, panels.length + 1, y));
    y += 1;
    let x = 0;
    for (const panel of inRow) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += PANEL_HEIGHT;
      }
      const gridPos = { x, y, w: panel.width, h: PANEL_HEIGHT };
      panels.push(
        panelBuilder(panel)
          .id(panels.length + 1)
          .gridPos(gridPos)
          .build(),
      );
      x += panel.width;
    }
    y += PANEL_HEIGHT;
  }
  return panels;
}

function rowPanel(title: string, id: number, y: number): RowPanel {
  return { type: "row", title, id, collapsed: false, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] };
}
