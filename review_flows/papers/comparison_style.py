"""How the comparison looks in a browser: on a desk, on a phone, in the dark, on paper; nothing to load, no script."""

CSS = """
:root{--ink:#1c1f23;--soft:#5f6873;--line:#dfe3e8;--paper:#fff;--ground:#f4f5f7;--gone:#b3261e;--gone-bg:#fdeceb;
--come:#1f4e9e;--come-bg:#e8effb;--warn:#8a5a00;--warn-bg:#fff5df}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#9aa4b0;--line:#363c44;--paper:#1d2126;--ground:#14171b;
--gone:#ff9a92;--gone-bg:#3a1d1b;--come:#9dc1ff;--come-bg:#1b2b47;--warn:#ffd58a;--warn-bg:#3a2e14}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:76rem;padding:1rem clamp(.75rem,3vw,2rem) 4rem;background:var(--ground);color:var(--ink);
font:1rem/1.75 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",
sans-serif;overflow-wrap:anywhere}
h1{font-size:1.45rem;line-height:1.35;margin:.5rem 0}
header p{margin:.3rem 0;color:var(--soft)}
ins{color:var(--come);background:var(--come-bg);font-weight:700;text-decoration:underline;text-underline-offset:.2em}
del{color:var(--gone);background:var(--gone-bg);text-decoration:line-through}
.legend{display:flex;gap:1rem;font-size:.9rem}
.findings{background:var(--warn-bg);color:var(--warn);border-radius:.6rem;padding:.6rem 1rem;margin:1rem 0}
.findings h2{font-size:1rem;margin:0}.findings ul{margin:.3rem 0;padding-left:1.2rem}
nav{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:.6rem 1rem;margin:1rem 0}
nav summary{font-weight:700;cursor:pointer}
nav ol{margin:.5rem 0 0;padding:0;list-style:none;display:grid;gap:0 1.5rem;
grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));max-height:60vh;overflow-y:auto}
nav a{display:block;padding:.3rem 0;color:inherit;text-decoration:none;border-bottom:1px solid var(--line)}
nav a:hover,nav a:focus{background:var(--come-bg)}
nav small{display:block;color:var(--soft);line-height:1.4}
.kind{font-size:.78rem;padding:.05rem .5rem;border-radius:1rem;border:1px solid var(--line);color:var(--soft);
white-space:nowrap;font-weight:400}
.kind.inserted{color:var(--come);border-color:var(--come)}.kind.deleted{color:var(--gone);border-color:var(--gone)}
.kind.merged,.kind.split,.kind.moved{color:var(--warn);border-color:var(--warn)}
.change{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:.4rem 1rem 1rem;margin:1rem 0;
scroll-margin-top:.5rem}
.change:target{outline:2px solid var(--come)}
.change h2{font-size:1.05rem;display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.4rem 0}
.number{color:var(--soft);font-weight:400;min-width:1.6rem}
.up{margin-left:auto;font-size:.85rem;font-weight:400;color:var(--soft)}
.substance{display:flex;flex-wrap:wrap;gap:.3rem .5rem;list-style:none;padding:0;margin:.2rem 0 .6rem}
.substance li{font-size:.85rem;background:var(--warn-bg);color:var(--warn);border-radius:.35rem;padding:.05rem .5rem}
.one{white-space:pre-wrap}
.two{display:none;gap:1.5rem}.two p{margin:.3rem 0;white-space:pre-wrap}
.none{color:var(--soft)}
.reason{border-top:1px dashed var(--line);margin:.8rem 0 0;padding-top:.5rem;font-size:.95rem}
.unchanged{margin:.2rem 0;color:var(--soft);font-size:.92rem}.unchanged p{margin:.3rem 0 .8rem 1rem}
@media(min-width:52rem){.one{display:none}.two{display:grid;grid-template-columns:1fr 1fr}
.two>div+div{border-left:1px solid var(--line);padding-left:1.5rem}}
@media print{body{background:#fff;font-size:10.5pt}nav,.up,.unchanged{display:none}.change{break-inside:avoid}}
"""
