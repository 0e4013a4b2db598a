/**
 * The page's style sheet. Series colours are Okabe and Ito's, which colour-blind people can tell apart (lighter ones on
 * dark); dashes tell them apart without colour.
 */
export const STYLE = `
:root{color-scheme:light dark;--page:#f6f5f1;--card:#fff;--ink:#1c2126;--soft:#5c666f;--line:#e4e2dc;--accent:#0072b2;
--notice:#fff4d6;--notice-ink:#5a4300;--best:#e9f3f9;--s0:#0072b2;--s1:#d55e00;--s2:#00795a;--s3:#b0558a;--s4:#a67800;--s5:#3d3d3d}
@media (prefers-color-scheme:dark){:root{--page:#12161a;--card:#1a2026;--ink:#e8eaec;--soft:#9aa6b0;--line:#2c353d;
--accent:#56b4e9;--notice:#3a2f10;--notice-ink:#f3d98b;--best:#1d2f3b;--s0:#56b4e9;--s1:#ff8c42;--s2:#2fc79a;--s3:#e39bc7;--s4:#f0c343;--s5:#d5d5d5}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 64px}
header{margin-bottom:28px}
.eyebrow{color:var(--accent);font-weight:600;font-size:13px;letter-spacing:.08em;text-transform:uppercase}
h1{font-size:34px;line-height:1.15;margin:4px 0 6px;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{font-size:20px;margin:0 0 4px;letter-spacing:-.01em}
h3{font-size:15px;margin:18px 0 6px}
.remark,.meta{color:var(--soft);margin:0 0 16px;max-width:78ch}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:14px;margin-top:20px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px}
.tile b{display:block;font-size:19px;letter-spacing:-.01em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tile span{color:var(--soft);font-size:13px}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:24px 28px;margin-bottom:20px}
.notice{background:var(--notice);color:var(--notice-ink);border-radius:8px;padding:10px 14px;margin:0 0 16px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:5px 24px;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--page);border-radius:8px;padding:14px 16px;overflow-x:auto;margin:10px 0 0}
details{margin-top:18px}summary{cursor:pointer;font-weight:600}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;white-space:nowrap}
th{font-weight:600;color:var(--soft);font-size:13px;text-align:left;border-bottom:1px solid var(--line);white-space:normal;vertical-align:bottom}
th,td{padding:5px 12px 5px 0}th:first-child,td:first-child{padding-left:8px}
td{border-bottom:1px solid var(--line)}tr:last-child td{border-bottom:0}
.number{text-align:right}.best td{background:var(--best)}tr.faint td{color:var(--soft)}
.figures{display:flex;flex-wrap:wrap;gap:26px 34px;align-items:flex-start}
.figures+.wide,.after{margin-top:22px}.figures>svg{flex:0 1 auto}
svg{display:block;max-width:100%;height:auto;font-size:12px;overflow:visible}
svg.bar{display:inline-block;width:130px}.key svg{display:inline-block;width:26px}.lacking{color:var(--s1)}
text{fill:var(--ink)}
.tick,.axis text,.name{fill:var(--soft);font-variant-numeric:tabular-nums}.name{font-weight:600;white-space:pre}.strong{fill:var(--ink);font-size:13px}
.halo{paint-order:stroke;stroke:var(--card);stroke-width:3px}
.plate{fill:var(--card);fill-opacity:.85}.grid{stroke:var(--line)}.rule{stroke:var(--soft);stroke-opacity:.5}.stop{fill:var(--soft)}
.value.small{font-size:12px}.value{font-size:15px;font-weight:600;font-variant-numeric:tabular-nums}.spread{font-size:11px}.mark{font-size:11px;fill:var(--s1);font-weight:600}
rect.empty{fill:none;stroke:var(--line)}#hatch path{stroke:var(--soft);stroke-opacity:.3;stroke-width:2}rect.hatched{stroke:var(--line)}
.interval{stroke:var(--accent);stroke-opacity:.45;stroke-width:4;stroke-linecap:round}.mean{fill:var(--accent)}
.dot{fill:var(--accent);fill-opacity:.6;stroke:var(--card)}.dot.faint{fill:none;stroke:var(--soft)}.dot.other{fill:var(--soft)}.dot.chosen{fill:var(--s1);fill-opacity:1}
text.faint{opacity:.7}.middle{stroke:var(--ink);stroke-width:2}
.run{fill:none;stroke-width:2;stroke-opacity:.85}.run.first{stroke-width:5;stroke-opacity:1}.run.unranked{stroke:var(--soft);stroke-opacity:.45;stroke-dasharray:4 4}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}.band{fill-opacity:.16}
.s0.curve{stroke:var(--s0)}.s1.curve{stroke:var(--s1);stroke-dasharray:7 3}.s2.curve{stroke:var(--s2);stroke-dasharray:2 3}
.s3.curve{stroke:var(--s3);stroke-dasharray:9 3 2 3}.s4.curve{stroke:var(--s4);stroke-dasharray:4 4}.s5.curve{stroke:var(--s5);stroke-dasharray:1 2}
.s0.band{fill:var(--s0)}.s1.band{fill:var(--s1)}.s2.band{fill:var(--s2)}
.s0.point{fill:var(--s0)}.s1.point{fill:var(--s1)}.s2.point{fill:var(--s2)}.curve.whole{stroke-dasharray:none;stroke-width:1.5}
.touch{fill:transparent}.chance{stroke:var(--soft);stroke-dasharray:3 4}.front{fill:none;stroke:var(--s1);stroke-width:1.5;stroke-opacity:.7}
.legend{white-space:nowrap}.key{margin-right:14px;color:var(--ink)}.key svg{margin-right:6px;vertical-align:middle}
rect.right{fill:var(--s0)}rect.wrong{fill:var(--s1)}.count{font-variant-numeric:tabular-nums}.count.on{fill:var(--card);font-weight:600}.count.zero{opacity:.25}
.images{display:flex;flex-wrap:wrap;gap:10px}.images img{border-radius:4px;display:block}.filter,.coarse{image-rendering:pixelated}
figure{margin:0 8px 6px 0;font-size:13px;text-align:center}figcaption{margin-top:4px;color:var(--soft)}figcaption b{color:var(--ink)}
.row{display:block;max-width:180px;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:13px}
@media print{:root{--page:#fff}.tiles{grid-template-columns:repeat(4,1fr)}.remark{break-inside:avoid}main{max-width:none;padding:0}section{border:0;padding:12px 0;margin:0;border-top:1px solid var(--line);border-radius:0}
svg,figure,tr,.tile{break-inside:avoid}h2,h3,.remark{break-after:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}pre{white-space:pre-wrap}.wide{overflow:visible}
table{font-size:11px;white-space:normal}th,td{padding-right:10px}.figures{gap:16px 20px}.figures.paired>svg{max-width:calc(50% - 10px)}}
@page{margin:14mm}
`;
