// The look of the status page: light and dark, on a phone and on a wide screen.

extension StatusPage {
    static let style = """
        :root { --page: #f4f5f7; --panel: #ffffff; --line: #e1e4e9; --text: #1c2430; --soft: #5c6675;
          --found: #2f6fd0; --absent: #a9bfdf; --temporary: #d9730d; --permanent: #a4262c;
          --good: #1e7f4f; --good-page: #e3f4ea; --bad: #b3261e; --bad-page: #fbe6e4;
          --warn: #8a5300; --warn-page: #fdf0d9; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #12161c; --panel: #1b2129; --line: #2d3540; --text: #e6eaf0; --soft: #97a3b3;
            --found: #4d8be0; --absent: #385478; --temporary: #f0a045; --permanent: #f0706a;
            --good: #6fd3a0; --good-page: #16352a; --bad: #ff9b93; --bad-page: #43201e;
            --warn: #f3c274; --warn-page: #3b2d14; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.25rem 1rem 2rem; max-width: 72rem; background: var(--page);
          color: var(--text); font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
          font-variant-numeric: tabular-nums; }
        h1, h2, h3, p, figure, ul { margin: 0; padding: 0; }
        h1 { font-size: 1.3rem; font-weight: 650; letter-spacing: -.01em; }
        h1 span { color: var(--soft); font-weight: 400; }
        h2 { font-size: .82rem; font-weight: 600; color: var(--soft); }
        a { color: var(--found); }
        header { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .8rem; margin-bottom: 1rem; }
        #about { margin-left: auto; color: var(--soft); font-size: .87rem; }
        .state, #state { padding: .12rem .6rem; border-radius: 1rem; font-size: .82rem; font-weight: 600; }
        .up { color: var(--good); background: var(--good-page); }
        .avoided { color: var(--warn); background: var(--warn-page); }
        .failing { color: var(--bad); background: var(--bad-page); }
        .idle { color: var(--soft); background: var(--line); }
        main { display: grid; gap: .8rem; grid-template-columns: minmax(0, 1fr); }
        .tiles { display: grid; gap: .8rem; grid-template-columns: repeat(6, minmax(0, 1fr)); }
        .tile, .panel { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; }
        .tile { padding: .7rem .9rem; }
        .panel { padding: .9rem 1rem; }
        .tile b { font-size: 1.55rem; font-weight: 600; letter-spacing: -.02em; }
        .tile small { color: var(--soft); font-size: .85rem; }
        .tile p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
        .alarm b { color: var(--bad); }
        .choice { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; font-size: .87rem;
          color: var(--soft); }
        .choice button, .choice select { font: inherit; color: var(--text); background: var(--panel);
          border: 1px solid var(--line); border-radius: .5rem; padding: .25rem .7rem; max-width: 16rem; }
        .choice button[aria-pressed="true"] { border-color: var(--found); color: var(--found); }
        .charts { display: grid; gap: .8rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
        .chart { display: block; width: 100%; height: 190px; margin-top: .5rem; touch-action: pan-y; }
        .chart text { fill: var(--soft); font-size: 11px; }
        .chart .grid { stroke: var(--line); stroke-width: 1; }
        .chart .cursor { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 3; }
        .chart .area { stroke: none; }
        .chart .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .legend { display: flex; flex-wrap: wrap; gap: .15rem 1rem; margin-top: .45rem; font-size: .85rem;
          color: var(--soft); list-style: none; }
        .legend b { color: var(--text); font-weight: 600; }
        .legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: .2rem;
          margin-right: .4rem; vertical-align: -.05rem; }
        .scroll { overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; margin-top: .4rem; font-size: .93rem; }
        th, td { padding: .38rem .6rem; text-align: left; white-space: nowrap;
          border-bottom: 1px solid var(--line); }
        th:first-child, td:first-child { padding-left: 0; }
        th:last-child, td:last-child { padding-right: 0; }
        tbody tr:last-child td { border-bottom: 0; }
        .target th:first-child { width: 34%; }
        .target th:nth-child(2) { width: 14%; }
        thead th { color: var(--soft); font-weight: 500; font-size: .82rem; }
        .number { text-align: right; }
        .failed { color: var(--bad); font-weight: 600; }
        .note { margin-top: .5rem; color: var(--soft); font-size: .82rem; }
        .target + .target { margin-top: 1.1rem; padding-top: .9rem; border-top: 1px solid var(--line); }
        .target h3 { display: flex; flex-wrap: wrap; gap: .3rem .7rem; align-items: center;
          margin-top: .5rem; font-size: .98rem; font-weight: 600; overflow-wrap: anywhere; }
        .target .note { margin-top: .2rem; }
        #errors { list-style: none; }
        #errors li { display: grid; grid-template-columns: 5.2rem minmax(0, 1fr) auto; gap: 0 .8rem;
          padding: .45rem 0; border-bottom: 1px solid var(--line); font-size: .93rem; }
        #errors li:last-child { border-bottom: 0; }
        #errors time, #errors .place { color: var(--soft); }
        #errors .place { font-size: .85rem; }
        #errors p { overflow-wrap: anywhere; }
        #errors .count { color: var(--soft); white-space: nowrap; }
        footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .3rem 1rem;
          margin-top: 1rem; color: var(--soft); font-size: .85rem; }
        footer a { margin-left: .8rem; }
        .stale main { opacity: .45; }
        @media (max-width: 46rem) {
          .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .5rem; }
          .tile { padding: .55rem .65rem; }
          .tile b { font-size: 1.2rem; }
          .charts { grid-template-columns: minmax(0, 1fr); }
          .wide { display: none; }
          .panel { padding: .8rem .75rem; }
          th, td { padding: .36rem .35rem; }
          .target td:first-child, #maps td:first-child { white-space: normal; overflow-wrap: anywhere; }
          #errors li { grid-template-columns: minmax(0, 1fr) auto; }
          #errors li div { grid-row: 2; grid-column: 1 / 3; }
          body { padding: 1rem .7rem 1.5rem; font-size: 14px; }
          #about { margin-left: 0; width: 100%; }
          footer a:first-child { margin-left: 0; } }

        """
}
