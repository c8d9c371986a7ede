import {
  BigValueColorMode,
  type DataSourceRef,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as GaugeBuilder } from "@grafana/grafana-foundation-sdk/gauge";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import * as units from "@grafana/grafana-foundation-sdk/units";
import type {
  Column,
  DashboardPanel,
  PanelUnit,
  Thresholds,
  ValueWord,
} from "../../domain/generate/dashboard-panels.ts";

/** Of the data source that is provisioned with the dashboards. */
export const DATA_SOURCE: DataSourceRef = { type: "prometheus", uid: "rollguard-prometheus" };

type AnyBuilder = GaugeBuilder | StatBuilder | TableBuilder | TimeSeriesBuilder;

const UNITS: Readonly<Record<PanelUnit, string>> = {
  percent: units.Percent,
  milliseconds: units.Milliseconds,
  seconds: units.Seconds,
  count: units.Short,
  ratio: units.PercentUnit,
};

const COLOURS: Readonly<Record<ValueWord["colour"], string>> = {
  green: "green",
  yellow: "yellow",
  red: "red",
  grey: "text",
};

const NO_DATA = "no data";

/** Builds one panel; where it stands is the dashboard's business. */
export function panelBuilder(panel: DashboardPanel): AnyBuilder {
  const builder: AnyBuilder = builderOf(panel)
    .title(panel.title)
    .datasource(DATA_SOURCE)
    .unit(UNITS[panel.unit])
    .noValue(NO_DATA);
  if (panel.description !== "") builder.description(panel.description);
  if (panel.thresholds !== null) builder.thresholds(thresholdsBuilder(panel.thresholds));
  if (panel.words.length > 0) builder.mappings(mappingsOf(panel.words));
  for (const [index, { expr, legend }] of panel.queries.entries()) {
    const query = new DataqueryBuilder().refId(refIdOf(index)).datasource(DATA_SOURCE).expr(expr);
    if (legend !== "") query.legendFormat(legend);
    // Only a curve needs the past: the others show what is.
    if (panel.kind === "time-series") query.range();
    else query.instant();
    if (panel.kind === "table") query.format(PromQueryFormat.Table);
    builder.withTarget(query);
  }
  return builder;
}

function builderOf(panel: DashboardPanel): AnyBuilder {
  const last = new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
  switch (panel.kind) {
    case "gauge":
      return new GaugeBuilder().reduceOptions(last).min(0).max(100);
    case "stat":
      return new StatBuilder().reduceOptions(last).colorMode(BigValueColorMode.Background);
    case "table":
      return tableBuilder(panel.columns);
    case "time-series":
      return new TimeSeriesBuilder()
        .legend(new VizLegendOptionsBuilder().showLegend(panel.queries.length > 1 || hasSeries(panel)))
        .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
}

/** Whether its one query may give several curves. */
function hasSeries({ queries }: DashboardPanel): boolean {
  return queries.some(({ legend }) => legend === "__auto" || legend.includes("{{"));
}

/** One row for each set of labels, with the value of each query beside it. */
function tableBuilder(columns: readonly Column[]): TableBuilder {
  const fields = columns.map(({ source }) =>
    typeof source === "string" ? source : `Value #${refIdOf(source)}`,
  );
  const builder = new TableBuilder().withTransformation({ id: "merge", options: {} }).withTransformation({
    id: "organize",
    options: {
      excludeByName: { Time: true, Value: !columns.some(({ source }) => typeof source === "number") },
      indexByName: Object.fromEntries(fields.map((field, index) => [field, index])),
      renameByName: Object.fromEntries(columns.map(({ title }, index) => [fields[index], title])),
    },
  });
  for (const { title, unit, words } of columns) {
    builder.overrideByName(title, [
      { id: "unit", value: UNITS[unit] },
      ...(words.length === 0
        ? []
        : [
            { id: "mappings", value: mappingsOf(words) },
            { id: "custom.cellOptions", value: { type: "color-text" } },
          ]),
    ]);
  }
  return builder;
}

function refIdOf(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

/** The first step has no bound: it is the colour of whatever lies below all others. */
function thresholdsBuilder({ better, yellow, red }: Thresholds): ThresholdsConfigBuilder {
  const step = (value: number | null, color: string): Threshold => ({ value, color });
  const rising = [step(null, "green"), step(yellow, "yellow"), step(red, "red")];
  const falling =
    red === null
      ? [step(null, "yellow"), step(yellow, "green")]
      : [step(null, "red"), step(red, yellow === null ? "green" : "yellow"), step(yellow, "green")];
  const steps = better === "low" ? rising : falling;
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.filter(({ value }, index) => index === 0 || value !== null));
}

function mappingsOf(words: readonly ValueWord[]): ValueMapping[] {
  const options = words.map(({ value, text, colour }, index) => [
    String(value),
    { text, color: COLOURS[colour], index },
  ]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}
