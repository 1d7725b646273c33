// From a figure's data to options of ECharts. What a figure shows was decided when the page was made.
const charts = (() => {
  "use strict";
  const { LINE, LEAST_ON_LOG_AXIS, font, format, steps, around, decades, labelWidth, widest, wrapped, beside, lineCount } = scales;

  const LIGHT = {
    ground: "#ffffff", text: "#1c2230", muted: "#5d6675", line: "#e1e5eb",
    depth: ["#9cc8ea", "#2f7fc1", "#0b2f5b"],
    gain: ["#eef4fa", "#b5d2ea", "#64a3d5", "#2467a8", "#0d3561"],
    harm: ["#fdf3e8", "#f9cf9f", "#ee994f", "#c95b17", "#78300c"],
    category: ["#0072b2", "#d55e00", "#00916a", "#b65c97", "#c98a00", "#4a8fc7", "#6b7280", "#5b3fa0", "#7a8a00",
      "#8c2d04", "#1f2937", "#c51b7d", "#14532d", "#008080", "#7f1d1d", "#6b21a8"],
  };
  const DARK = {
    ground: "#11151c", text: "#e8ecf3", muted: "#9aa5b5", line: "#2c3543",
    depth: ["#24527d", "#4a9ad8", "#cfe8ff"],
    gain: ["#18222e", "#1f4468", "#2f74ad", "#58a9e6", "#bfe1ff"],
    harm: ["#241d18", "#5c3517", "#a85d1e", "#e8964a", "#ffdcb5"],
    category: ["#5cb3ee", "#f08a4b", "#3cc79c", "#e39bc6", "#efb840", "#9ccbea", "#9aa3b2", "#b39df0", "#c3d14e", "#e0825a", "#d6dce6", "#f472b6", "#86d19a", "#4fd1c5", "#fca5a5", "#d8b4fe"],
  };
  const MOST_IN_TOOLTIP = 10;

  /** Text alone goes into a tooltip: names come from files. */
  function tooltip(title, lines) {
    const box = document.createElement("div");
    box.className = "tooltip";
    const head = document.createElement("b");
    head.textContent = title;
    box.append(head);
    for (const [name, value] of lines) {
      const line = document.createElement("div");
      line.textContent = name;
      const number = document.createElement("span");
      number.textContent = value;
      line.append(number);
      box.append(line);
    }
    return box;
  }

  const base = theme => ({
    animation: false,
    backgroundColor: "transparent",
    color: theme.category,
    textStyle: { color: theme.text, fontFamily: font(), fontSize: 12 },
    tooltip: {
      confine: true, backgroundColor: theme.ground, borderColor: theme.line,
      textStyle: { color: theme.text, fontFamily: font(), fontSize: 12 }, extraCssText: "max-width:90%;white-space:normal",
    },
  });
  const axis = (theme, more) => ({
    axisLine: { lineStyle: { color: theme.line } }, axisTick: { show: false },
    axisLabel: { color: theme.muted, hideOverlap: true }, splitLine: { lineStyle: { color: theme.line } },
    nameTextStyle: { color: theme.muted, lineHeight: LINE }, ...more,
  });
  const legend = theme => ({ top: 0, left: 0, right: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: theme.text } });
  /** Room for a legend of these names, which wraps. */
  const legendHeight = (names, width) => {
    let rows = 1;
    let used = 0;
    for (const name of names) {
      const wide = 34 + widest([name]);
      if (used > 0 && used + wide > width) { rows++; used = 0; }
      used += wide;
    }
    return 22 * rows + 6;
  };

  function heat(chart, theme, width) {
    const largest = chart.largest;
    const { texts: rows, left } = beside(chart.rows, width);
    const room = (width - left - 8) / chart.columns.length;
    const columns = chart.columns.map(column => wrapped(column, Math.max(room - 4, 24)));
    const below = LINE * lineCount(columns);
    const colours = theme[chart.palette];
    const shade = value => echarts.color.lerp(value / largest, colours);
    const light = value => {
      const [red, green, blue] = echarts.color.parse(shade(value));
      return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
    };
    return [{
      height: 26 * Math.max(1, lineCount(rows) * 0.6) * rows.length + 74 + below,
      option: {
        ...base(theme),
        grid: { left, right: 8, top: 4, bottom: 70 + below },
        xAxis: axis(theme, { type: "category", data: chart.columns, name: chart.columnTitle, nameLocation: "middle", nameGap: 12 + below,
          axisLabel: { color: theme.muted, lineHeight: LINE, hideOverlap: true, formatter: (_, column) => columns[column] }, axisLine: { show: false }, splitLine: { show: false } }),
        yAxis: axis(theme, { type: "category", data: chart.rows, inverse: true, axisLine: { show: false },
          axisLabel: { color: theme.text, lineHeight: LINE, formatter: (_, row) => rows[row] }, splitLine: { show: false } }),
        visualMap: { min: 0, max: largest, show: true, orient: "horizontal", left: "center", bottom: 0, itemWidth: 10,
          itemHeight: Math.min(180, width / 2), text: [format(largest, chart.unit), format(0, chart.unit)],
          textStyle: { color: theme.muted }, inRange: { color: colours }, hoverLink: false },
        tooltip: { ...base(theme).tooltip, formatter: item => {
          const cell = chart.cells[item.dataIndex];
          return tooltip(cell.name, [[chart.valueTitle, format(cell.value, chart.unit)], ...(cell.note ? [[cell.note, ""]] : [])]);
        } },
        series: [{
          type: "heatmap", itemStyle: { borderColor: theme.ground, borderWidth: 2, borderRadius: 3 },
          data: chart.cells.map(cell => ({
            value: [cell.column, cell.row, cell.value],
            label: { show: room > 44, color: light(cell.value) ? "#1c2230" : "#ffffff", fontSize: 11,
              formatter: () => format(cell.value, chart.unit).replace(" ", "\u2009") },
          })),
        }],
      },
    }];
  }

  function parts(line, logarithmic) {
    const points = logarithmic ? line.points.filter(point => point[1] >= LEAST_ON_LOG_AXIS) : line.points;
    if (line.kept === null) return [[points, false]];
    const inside = points.filter(point => point[0] <= line.kept);
    return [[inside, false], [points.slice(Math.max(0, inside.length - 1)), true]];
  }

  function lines(chart, theme, width) {
    const groups = [...new Set(chart.lines.map(line => line.group))];
    const depth = chart.colours === "depth";
    return groups.map(group => {
      const mine = chart.lines.filter(line => line.group === group);
      const series = mine.flatMap((line, index) => parts(line, chart.logarithmic).map(([points, faded]) => ({
        type: "line", name: line.name, data: points, showSymbol: !depth && !line.dashed, symbol: "circle", symbolSize: 8,
        silent: line.dashed, z: faded ? 1 : 2,
        color: line.dashed ? theme.muted : depth ? echarts.color.lerp(line.shade, theme.depth) : theme.category[line.shade % theme.category.length],
        lineStyle: { width: depth ? 1.6 : 2.2, opacity: faded ? 0.35 : 1, type: faded || line.dashed ? "dashed" : "solid" },
        emphasis: { disabled: true },
      })));
      series.push(...(depth ? [] : mine.filter(line => !line.dashed).map(line => whiskers(line, chart, theme)).filter(each => each.data.length)));
      const top = depth ? 12 : legendHeight(mine.map(line => line.name), width) + 22;
      const xs = mine.flatMap(line => line.points.map(point => point[0]));
      const ys = mine.flatMap(line => line.points.flatMap(point => [point[1] - (point[2] || 0), point[1] + (point[2] || 0)]));
      const xScale = depth ? { min: Math.min(...xs), max: Math.max(...xs), minInterval: 1 } : around(xs, chart.xUnit);
      const yScale = chart.logarithmic ? decades(ys) : around(ys, chart.yUnit);
      const panel = depth ? Math.max(200, Math.min(width, 300)) : width;
      const left = labelWidth(yScale, chart.yUnit) + 14;
      const right = Math.max(14, widest([format(xScale.max, chart.xUnit)]) / 2 + 4);
      const xTitle = wrapped(chart.xTitle, panel - left - right);
      const below = 30 + LINE * lineCount([xTitle]);
      return {
        title: group, height: (depth ? 220 : 360) + top + below - 38,
        option: {
          ...base(theme), grid: { left, right, top, bottom: below },
          ...(depth ? {} : { legend: legend(theme) }),
          xAxis: axis(theme, { type: "value", name: xTitle, nameLocation: "middle", nameGap: 28, ...xScale,
            axisLabel: { color: theme.muted, margin: 11, hideOverlap: true, formatter: value => format(value, chart.xUnit) },
            splitLine: { show: false } }),
          yAxis: axis(theme, { type: chart.logarithmic ? "log" : "value", ...yScale, name: depth ? "" : chart.yTitle,
            nameTextStyle: { color: theme.muted, align: "left" }, nameGap: 10, nameLocation: "end",
            axisLabel: { color: theme.muted, formatter: value => format(value, chart.yUnit) } }),
          tooltip: depth
            ? { ...base(theme).tooltip, trigger: "axis", formatter: items => many(chart, items) }
            : { ...base(theme).tooltip, trigger: "item", formatter: item => one(chart, mine, item) },
          series,
        },
      };
    });
  }
  /** Standard errors of a line's points. */
  function whiskers(line, chart, theme) {
    const stroke = theme.category[line.shade % theme.category.length];
    return {
      type: "custom", name: line.name, color: stroke, silent: true, z: 3, encode: { x: 0, y: [1, 2] },
      data: line.points.filter(point => point[2] > 0 && (!chart.logarithmic || point[1] > point[2]))
        .map(point => [point[0], point[1] - point[2], point[1] + point[2]]),
      renderItem: (params, api) => {
        const [x, low] = api.coord([api.value(0), api.value(1)]);
        const high = api.coord([api.value(0), api.value(2)])[1];
        const bar = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth: 1.5 } });
        return { type: "group", children: [bar(x, low, x, high), bar(x - 4, low, x + 4, low), bar(x - 4, high, x + 4, high)] };
      },
    };
  }
  function many(chart, items) {
    const seen = new Map();
    for (const item of items) if (!seen.has(item.seriesName)) seen.set(item.seriesName, item.data[1]);
    const rows = [...seen].slice(0, MOST_IN_TOOLTIP).map(([name, value]) => [name, format(value, chart.yUnit)]);
    if (seen.size > MOST_IN_TOOLTIP) rows.push(["and " + (seen.size - MOST_IN_TOOLTIP) + " more in the table", ""]);
    return tooltip(chart.xTitle + " " + format(items[0].data[0], chart.xUnit), rows);
  }
  function one(chart, mine, item) {
    return tooltip(item.seriesName, [[chart.xTitle, format(item.data[0], chart.xUnit)], [chart.yTitle, format(item.data[1], chart.yUnit)]]);
  }

  function bars(chart, theme, width) {
    const many = chart.bars.length > 1;
    const top = many ? legendHeight(chart.bars.map(bar => bar.name), width) + 4 : 4;
    const scale = steps(chart.unit, Math.max(...chart.categories.map((_, row) =>
      chart.bars.reduce((sum, bar) => sum + (bar.values[row] || 0), 0))));
    const { texts, left } = beside(chart.categories, width);
    const right = many ? 24 : widest(chart.bars[0].values.map(value => format(value, chart.unit))) + 14;
    return [{
      height: 46 * chart.categories.length + 46 + top,
      option: {
        ...base(theme),
        grid: { left, right, top, bottom: 26 },
        ...(many ? { legend: legend(theme) } : {}),
        xAxis: axis(theme, { type: "value", min: 0, ...scale, axisLabel: { color: theme.muted, hideOverlap: true, ...scale.axisLabel } }),
        yAxis: axis(theme, { type: "category", data: chart.categories, inverse: true,
          axisLabel: { color: theme.text, lineHeight: LINE, formatter: (_, row) => texts[row] } }),
        tooltip: { ...base(theme).tooltip, trigger: "axis", axisPointer: { type: "shadow" }, formatter: items => tooltip(
          items[0].name, items.filter(item => item.value).map(item => [item.seriesName, format(item.value, chart.unit)])) },
        series: chart.bars.map((bar, index) => ({
          type: "bar", name: bar.name, stack: "all", data: bar.values, barMaxWidth: 30, color: theme.category[index % theme.category.length],
          itemStyle: { borderColor: theme.ground, borderWidth: 1 }, emphasis: { disabled: true },
          label: { show: !many, position: "right", color: theme.text,
            formatter: item => format(item.value, chart.unit) },
        })),
      },
    }];
  }

  function intervals(chart, theme, width) {
    const { texts, left } = beside(chart.categories, width);
    const count = chart.sets.length;
    const mark = (set, index) => (params, api) => {
      const row = api.value(0);
      const [middle, y] = api.coord([api.value(1), row]);
      const shifted = y + (index - (count - 1) / 2) * 14;
      const style = { fill: theme.category[index], stroke: theme.category[index], lineWidth: 2 };
      const children = [{ type: "circle", shape: { cx: middle, cy: shifted, r: 5 }, style }];
      const reach = api.value(2);
      if (reach > 0) {
        const low = api.coord([api.value(1) - reach, row])[0];
        const high = api.coord([api.value(1) + reach, row])[0];
        const line = (x1, y1, x2, y2) => children.push({ type: "line", shape: { x1, y1, x2, y2 }, style });
        line(low, shifted, high, shifted);
        line(low, shifted - 4, low, shifted + 4);
        line(high, shifted - 4, high, shifted + 4);
      }
      return { type: "group", children };
    };
    // Whole intervals, between round numbers.
    const ends = chart.sets.flatMap(set => set.values.flatMap((value, row) =>
      value === null ? [] : [value - 1.96 * (set.errors[row] || 0), value + 1.96 * (set.errors[row] || 0)]))
      .concat(chart.chance.filter(value => value !== null));
    const low = Math.min(...ends);
    const least = low < 0 ? Math.floor(low * 20 - 0.2) / 20 : Math.max(0, Math.floor(low * 20 - 0.2) / 20);
    const most = Math.ceil(Math.max(...ends) * 20 + 0.2) / 20;
    const chance = chart.chance.map((value, row) => [row, value]).filter(point => point[1] !== null);
    return [{
      height: (28 + 14 * count) * chart.categories.length + 80,
      option: {
        ...base(theme),
        legend: { ...legend(theme), icon: "circle" },
        grid: { left, right: Math.max(24, widest([format(most, chart.unit)]) / 2 + 4), top: 36, bottom: 26 },
        xAxis: axis(theme, { type: "value", scale: true, axisLabel: { color: theme.muted, hideOverlap: true, formatter: value => format(value, chart.unit) },
          min: least, max: most }),
        yAxis: axis(theme, { type: "category", data: chart.categories, inverse: true,
          axisLabel: { color: theme.text, lineHeight: LINE, formatter: (_, row) => texts[row] } }),
        tooltip: { ...base(theme).tooltip, trigger: "item", formatter: item => tooltip(chart.categories[item.value[0]], [
          [item.seriesName, format(item.value[1], chart.unit)], ...(item.value[2] > 0 ? [["± 95 %", format(item.value[2], chart.unit)]] : [])]) },
        series: [
          ...chart.sets.map((set, index) => ({
            type: "custom", name: set.name, color: theme.category[index], renderItem: mark(set, index), encode: { x: 1, y: 0 },
            data: set.values.map((value, row) => [row, value, 1.96 * (set.errors[row] || 0)]).filter(point => point[1] !== null),
          })),
          ...(chance.length ? [{ type: "custom", name: "guessing", color: theme.muted, encode: { x: 1, y: 0 }, data: chance, z: 1,
            renderItem: (params, api) => {
              const [x, y] = api.coord([api.value(1), api.value(0)]);
              const half = 6 + 7 * count;
              return { type: "line", shape: { x1: x, y1: y - half, x2: x, y2: y + half }, style: { stroke: theme.muted, lineWidth: 1.5, lineDash: [3, 3] } };
            } }] : []),
        ],
      },
    }];
  }

  const KINDS = { heat, lines, bars, intervals };
  return { LIGHT, DARK, font, format, panels: (chart, theme, width) => KINDS[chart.type](chart, theme, width) };
})();
