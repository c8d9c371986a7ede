/** One column that reads on a telephone and on paper. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ink:#1f2430;--dim:#5b6475;--rule:#d9dde5;--soft:#f4f6f9;--paper:#fff;--good:#1a7f37;--warn:#8a5a00;--bad:#b3261e;--link:#1f5fbf}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9f0;--dim:#a3adc0;--rule:#3a4252;--soft:#1e2430;--paper:#151922;--good:#56d364;--warn:#e3b341;--bad:#ff7b72;--link:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px 20px 48px;max-width:860px;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:24px;line-height:1.25;margin:0 0 8px}
h2{font-size:17px;margin:28px 0 8px;padding-bottom:4px;border-bottom:1px solid var(--rule)}
p{margin:8px 0}
.status{display:inline-block;padding:2px 10px;border:2px solid currentColor;border-radius:5px;font-weight:700;letter-spacing:.03em}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
td.good,td.warn,td.bad{font-weight:600}
td.tight{white-space:nowrap}
.dim{color:var(--dim)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:5px 10px 5px 0;border-bottom:1px solid var(--rule);overflow-wrap:anywhere}
th{color:var(--dim);font-weight:600}
.facts th{width:31%;font-weight:500}
.rows td,.rows th{overflow-wrap:normal;word-break:normal}
.rows td:last-child{overflow-wrap:anywhere}
code{font:13px ui-monospace,monospace;background:var(--soft);padding:1px 4px;border-radius:3px;overflow-wrap:anywhere}
a{color:var(--link)}
ul{margin:8px 0;padding-left:22px}
figure{margin:14px 0}
footer{margin-top:32px;padding-top:10px;border-top:1px solid var(--rule);color:var(--dim);font-size:13px}
@media print{:root{--ink:#000;--dim:#444;--rule:#bbb;--soft:#f4f4f4;--paper:#fff;--good:#1a7f37;--warn:#8a5a00;--bad:#b3261e}body{padding:0;max-width:none;font-size:11pt}table,figure,tr{break-inside:avoid}h2{break-after:avoid}a{text-decoration:none}}
`;
