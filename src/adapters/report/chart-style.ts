import { Html } from "../../app/html.ts";

/** In each picture, so that it is one by itself as well: colors of both schemes, and lines that differ without colors too. */
export const CHART_STYLE = Html.raw(`<style>
.chart{font:12px system-ui,sans-serif;--ink:#1f2430;--dim:#5b6475;--grid:#e3e6ec;--line:#1f5fbf;--green:#1a7f37;--red:#c62828;background:transparent;max-width:100%;height:auto}
.chart text{fill:var(--ink)}
.chart .heading{font-weight:600}
.chart .tick{fill:var(--dim);font-size:11px}
.chart .left,.chart .end{text-anchor:end}
.chart .below,.chart .missing{text-anchor:middle}
.chart .missing{fill:var(--dim)}
.chart .grid{stroke:var(--grid)}
.chart .axis{stroke:var(--dim)}
.chart .line{fill:none;stroke:var(--line);stroke-width:2;stroke-linejoin:round}
.chart .point{fill:var(--line)}
.chart line.bound{stroke-width:1.2;stroke-dasharray:6 4}
.chart line.green{stroke:var(--green)}
.chart line.red{stroke:var(--red);stroke-dasharray:2 3}
.chart text.bound{font-size:11px;text-anchor:end}
.chart text.green{fill:var(--green)}
.chart text.red{fill:var(--red)}
.chart line.mark{stroke:var(--dim);stroke-dasharray:1 3}
.chart text.mark{font-size:11px;fill:var(--dim)}
.chart line.rollback{stroke:var(--red);stroke-width:2;stroke-dasharray:none}
.chart text.rollback{fill:var(--red);font-weight:600}
@media (prefers-color-scheme:dark){.chart{--ink:#e6e9f0;--dim:#a3adc0;--grid:#333a48;--line:#7fb0ff;--green:#56d364;--red:#ff7b72}}
@media print{.chart{--ink:#000;--dim:#444;--grid:#ddd;--line:#1f5fbf;--green:#1a7f37;--red:#c62828}}
</style>`);
