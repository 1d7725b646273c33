// Numbers as people write them, round steps along axes, and how much room texts take in the font that is there.
const scales = (() => {
  "use strict";

  /** The page's own. */
  const font = () => getComputedStyle(document.body).fontFamily;
  const LINE = 15;
  const LEAST_ON_LOG_AXIS = 1e-6;

  const digits = (value, most) => Number(value.toFixed(most)).toString();
  const significant = value => Number(value.toPrecision(3)).toString();
  const scaled = (value, base, units) => {
    let unit = 0;
    while (Math.abs(value) >= base && unit < units.length - 1) { value /= base; unit++; }
    return (unit === 0 ? digits(value, 2) : significant(value)) + " " + units[unit];
  };
  const FORMATS = {
    text: String,
    count: value => String(value),
    percent: value => (100 * value).toFixed(1) + " %",
    number: value =>
      value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
        ? Number(value.toPrecision(3)).toExponential() : digits(value, 4),
    bytes: value => scaled(value, 1000, ["B", "kB", "MB", "GB", "TB"]),
    seconds: value => value >= 120 ? digits(value / 60, 1) + " min" : digits(value, 2) + " s",
  };
  const format = (value, unit) =>
    value === null || value === undefined ? "" : typeof value === "number" ? (FORMATS[unit] || String)(value) : String(value);

  /** Round steps of one unit along an axis of durations or sizes: 0, 1 min, 2 min and not 100 s, 3.3 min. */
  const SCALES = {
    seconds: [[3600, "h"], [60, "min"], [1, "s"]],
    bytes: [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]],
  };
  const round = step => {
    const power = 10 ** Math.floor(Math.log10(step));
    return power * [1, 2, 5, 10].find(each => step <= each * power * 1.0001);
  };
  function steps(unit, largest) {
    const scales = SCALES[unit];
    if (!scales || !(largest > 0)) return { splitNumber: 4, axisLabel: { formatter: value => format(value, unit) } };
    const [size, name] = scales.find(each => largest >= 2 * each[0]) || scales[scales.length - 1];
    const interval = size * round(largest / 4 / size);
    return { interval, max: interval * Math.ceil(largest / interval - 1e-9),
      axisLabel: { formatter: value => significant(value / size) + " " + name } };
  }

  /** A value axis between round numbers around all of these; a single value gets room on both sides. */
  function around(values, unit) {
    const low = Math.min(...values), high = Math.max(...values);
    const share = unit === "percent" && low >= 0 && high <= 1;
    const margin = high > low ? 0 : Math.abs(low) * 0.1 || 1;
    const interval = round((high - low + 2 * margin) / 5);
    const min = interval * Math.floor((low - margin) / interval + 1e-9);
    const max = interval * Math.ceil((high + margin) / interval - 1e-9);
    return { interval, min: low >= 0 ? Math.max(0, min) : min, max: share ? Math.min(1, max) : max };
  }
  /** An axis over decades around all of these. */
  function decades(values) {
    const seen = values.filter(value => value >= LEAST_ON_LOG_AXIS);
    return { min: 10 ** Math.floor(Math.log10(Math.min(...seen)) + 1e-9), max: 10 ** Math.ceil(Math.log10(Math.max(...seen)) - 1e-9) };
  }
  /** How wide the labels of such an axis are. */
  function labelWidth(scale, unit) {
    const texts = [];
    if (scale.interval) for (let at = scale.min; at <= scale.max * (1 + 1e-9); at += scale.interval) texts.push(format(at, unit));
    else for (let at = scale.min; at <= scale.max * 1.01; at *= 10) texts.push(format(at, unit));
    return widest(texts);
  }

  /** How wide the widest of these texts is in the font that this browser has for them. */
  function widest(texts) {
    const probe = document.createElement("span");
    probe.style.cssText = "position:absolute;visibility:hidden;white-space:pre;font:12px " + font();
    document.body.append(probe);
    let most = 0;
    for (const text of texts) {
      probe.textContent = text;
      most = Math.max(most, probe.getBoundingClientRect().width);
    }
    probe.remove();
    return Math.ceil(most);
  }

  /** A text on lines that are no wider than this, as far as its words are not. */
  function wrapped(text, most) {
    const rows = [];
    for (const word of String(text).split(" ")) {
      const longer = rows.length ? rows[rows.length - 1] + " " + word : word;
      if (rows.length && widest([longer]) <= most) rows[rows.length - 1] = longer;
      else rows.push(word);
    }
    return rows.map(row => cut(row, most)).join("\n");
  }
  function cut(word, most) {
    if (widest([word]) <= most) return word;
    let end = word.length - 1;
    while (end > 1 && widest([word.slice(0, end) + "…"]) > most) end--;
    return word.slice(0, end) + "…";
  }
  /** Names beside a figure take no more than this of it, on several lines if need be. */
  function beside(names, width) {
    const texts = names.map(name => wrapped(name, 0.42 * width));
    return { texts, left: widest(texts.flatMap(text => text.split("\n"))) + 14 };
  }
  const lineCount = texts => Math.max(1, ...texts.map(text => text.split("\n").length));

  return { LINE, LEAST_ON_LOG_AXIS, font, format, steps, around, decades, labelWidth, widest, wrapped, beside, lineCount };
})();
