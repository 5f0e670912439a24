extension ReportDocument {
  /// How a page looks: in light and dark as the reader's system is, and light on paper, where everything is unfolded.
  static let style = """
    :root { color-scheme: light dark; --ink: #1c2024; --dim: #59616d; --rule: #d5d9de; --paper: #fff; \
    --panel: #f5f7f9; --mark: #eaf1ff; --kept: #2563eb; --gone: #e3b8a8; --a: #2563eb; --b: #b45309; --c: #047857; \
    --d: #be185d; --e: #6d28d9; --f: #4b5563; --warning: #b45309; }
    @media screen and (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --dim: #9aa2ad; --rule: #3a4048; \
    --paper: #16181b; --panel: #1e2126; --mark: #1f2a3d; --kept: #7aa8ff; --gone: #7d4a3c; --a: #7aa8ff; --b: #f2b053; \
    --c: #4fd1a5; --d: #f58bb8; --e: #b79cff; --f: #aab2bd; --warning: #f2b053; } }
    * { box-sizing: border-box; }
    body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0; }
    main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
    h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
    p { max-width: 46rem; margin: .5rem 0; overflow-wrap: anywhere; }
    .warning { border-left: 4px solid var(--warning); background: var(--panel); padding: .5rem .75rem; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem; margin: 1rem 0; }
    .figures div { background: var(--panel); border-radius: .5rem; padding: .6rem .9rem; }
    .figures dt { color: var(--dim); font-size: .85rem; }
    .figures dt::first-letter, thead th::first-letter { text-transform: uppercase; }
    .figures dd { margin: 0; font-variant-numeric: tabular-nums; }
    .figures b { font-size: 1.35rem; display: block; }
    .figures span { color: var(--dim); }
    .figures em { font-style: normal; font-weight: 600; white-space: nowrap; }
    .table { overflow-x: auto; margin: .75rem 0 1rem; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
    caption { text-align: left; color: var(--dim); padding-bottom: .25rem; }
    th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
    thead th { color: var(--dim); font-weight: 600; vertical-align: bottom; }
    th:first-child { text-align: left; padding-left: .25rem; white-space: normal; overflow-wrap: anywhere; \
    min-width: 13rem; max-width: 26rem; }
    .pair { display: flex; justify-content: space-between; align-items: center; gap: .6rem; }
    tbody th { font-weight: 400; }
    tr.marked th, tr.marked td { background: var(--mark); font-weight: 600; }
    pre { background: var(--panel); padding: .75rem 1rem; overflow-x: auto; font-size: .85rem; border-radius: .5rem; }
    figure { margin: 1rem 0; }
    figcaption { color: var(--dim); font-size: .9rem; max-width: 46rem; }
    figure svg { display: block; width: 100%; height: auto; }
    svg text { font: 12px system-ui, sans-serif; fill: var(--dim); }
    svg text.label { fill: var(--ink); }
    svg .kept { fill: var(--kept); }
    svg .gone { fill: var(--gone); }
    svg .cut { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 4 3; }
    svg.bar { width: 8rem; height: .8rem; flex: none; vertical-align: -.05rem; margin-right: .6rem; }
    svg.spark { width: 8rem; height: 1.5rem; flex: none; }
    details { margin: .25rem 0; }
    details details { margin-left: 1.25rem; }
    summary { cursor: pointer; padding: .3rem .25rem; border-bottom: 1px solid var(--rule); \
    font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    summary b { display: inline-block; min-width: 10rem; font-weight: 600; }
    summary:focus-visible { outline: 2px solid var(--a); }
    @media print {
    :root { color-scheme: light; }
    * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    body { font-size: 10pt; }
    main { max-width: none; padding: 0; }
    .figures { grid-template-columns: repeat(4, 1fr); }
    .figures div, figure, tr, summary, .warning { break-inside: avoid; }
    h2, h3, summary, caption { break-after: avoid; }
    thead { display: table-header-group; }
    .table { overflow: visible; }
    table { font-size: 8pt; }
    th, td { padding: .15rem .4rem; white-space: normal; }
    th:first-child { min-width: 8rem; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; }
    details::details-content { content-visibility: visible; display: block; block-size: auto; }
    svg.bar, svg.spark { width: 5rem; }
    }
    """
}
