// Puts the page together from its data: highlights, figures with their tables, facts.
(() => {
  "use strict";
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const page = read("page");
  const run = read("run");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let printing = false;
  const drawn = [];

  const theme = () => dark.matches && !printing ? charts.DARK : charts.LIGHT;

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function pictures(urls) {
    const cell = element("td", { class: "images" });
    for (const url of urls.split(" ").filter(each => each.startsWith("data:image/"))) cell.append(element("img", { src: url, alt: "" }));
    return cell;
  }

  /** Words, and among them [−missing], [+too many] and [said→heard]. */
  function marked(words) {
    const cell = element("td", { class: "text errors" });
    for (const word of words.split(" ")) {
      const [, missing, extra, said, heard] = word.match(/^\[(?:−(.*)|\+(.*)|(.*)→(.*))\]$/) || [];
      if (cell.firstChild) cell.append(" ");
      const gone = missing || said;
      const come = extra || heard;
      if (gone) cell.append(element("del", {}, gone));
      if (gone && come) cell.append(" ");
      if (come) cell.append(element("ins", {}, come));
      if (!gone && !come) cell.append(word);
    }
    return cell;
  }

  function table(data) {
    const words = ["text", "images", "errors"];
    const head = element("tr", {}, ...data.columns.map(column =>
      element("th", { scope: "col", class: words.includes(column.unit) ? "text" : "number" }, column.name)));
    const cell = (value, unit) => {
      if (unit === "images") return pictures(value);
      if (unit === "errors") return marked(value);
      const numeric = typeof value === "number";
      const made = element("td", { class: numeric ? "number" : "text" }, charts.format(value, unit));
      if (numeric) made.setAttribute("data-value", String(value));
      return made;
    };
    const rows = data.rows.map(row => element("tr", {}, ...row.map((value, i) => {
      const made = cell(value, data.columns[i].unit);
      made.setAttribute("data-name", data.columns[i].name);
      return made;
    })));
    // Long texts beside each other have no room on a phone: there each row is a card.
    const cards = data.columns.some(column => column.unit === "images" || column.unit === "errors");
    return element("div", { class: cards ? "scroll cards" : "scroll", tabindex: "0" },
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
  }

  /** The numbers of figures that are their own table: a row a point. */
  function pointsTable(chart) {
    return {
      columns: [{ name: "line", unit: "text" }, { name: chart.xTitle, unit: chart.xUnit }, { name: chart.yTitle, unit: chart.yUnit }],
      rows: chart.lines.flatMap(line => line.points.map(point => [line.name, point[0], point[1]])),
    };
  }

  function later(details, build) {
    details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(build()); });
    return details;
  }

  function figure(data) {
    const panels = element("div", { class: "panels", role: "img", "aria-label": data.alt });
    const view = later(element("details", {}, element("summary", {}, "Table")), () => table(data.table || pointsTable(data.chart)));
    const save = kind => {
      const button = element("button", { type: "button", "data-save": kind, "aria-label": "Save " + data.title + " as " + kind.toUpperCase() }, kind.toUpperCase());
      button.addEventListener("click", () => download(data, panels, kind));
      return button;
    };
    const made = element("figure", { id: data.id },
      element("figcaption", {}, element("h2", {}, data.title), element("p", {}, data.caption)),
      panels, element("div", { class: "tools" }, save("svg"), save("png"), view));
    return { made, data, panels };
  }

  function draw(each) {
    const width = each.panels.clientWidth || 320;
    const wanted = charts.panels(each.data.chart, theme(), width);
    (each.instances || []).forEach(instance => instance.dispose());
    each.panels.replaceChildren();
    each.panels.classList.toggle("single", wanted.length === 1);
    each.width = width;
    each.instances = wanted.map(panel => {
      const place = element("div", { class: "chart" });
      place.style.height = panel.height + "px";
      each.panels.append(element("div", { class: "panel" }, ...(panel.title ? [element("h3", {}, panel.title)] : []), place));
      const instance = echarts.init(place, null, { renderer: "svg" });
      instance.setOption(panel.option);
      return instance;
    });
  }
  const redraw = () => drawn.forEach(draw);

  /** All panels of a figure as one picture, under its title. */
  function picture(data, panels) {
    const colours = theme();
    const frame = panels.getBoundingClientRect();
    const top = 36;
    const name = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(name, "svg");
    const width = Math.ceil(frame.width) + 24;
    const height = Math.ceil(frame.height) + top + 12;
    const add = (tag, attributes, text) => {
      const child = document.createElementNS(name, tag);
      for (const [key, value] of Object.entries(attributes)) child.setAttribute(key, value);
      if (text) child.textContent = text;
      svg.append(child);
    };
    for (const [key, value] of Object.entries({ width, height, viewBox: "0 0 " + width + " " + height })) svg.setAttribute(key, value);
    add("title", {}, data.title);
    add("desc", {}, data.alt);
    add("rect", { width, height, fill: colours.ground });
    add("text", { x: 12, y: 24, fill: colours.text, "font-family": charts.font(), "font-size": 16, "font-weight": 600 }, data.title);
    for (const panel of panels.children) {
      const heading = panel.querySelector("h3");
      const inner = panel.querySelector("svg");
      const box = inner.getBoundingClientRect();
      const x = box.left - frame.left + 12;
      const y = box.top - frame.top + top;
      if (heading) add("text", { x, y: y - 6, fill: colours.text, "font-family": charts.font(), "font-size": 13, "font-weight": 600 }, heading.textContent);
      const copy = inner.cloneNode(true);
      copy.removeAttribute("style");
      copy.setAttribute("x", x);
      copy.setAttribute("y", y);
      svg.append(copy);
    }
    return { text: new XMLSerializer().serializeToString(svg), width, height };
  }

  function keep(blob, name) {
    const address = URL.createObjectURL(blob);
    const link = element("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  function download(data, panels, kind) {
    const made = picture(data, panels);
    if (kind === "svg") {
      keep(new Blob([made.text], { type: "image/svg+xml" }), data.id + ".svg");
      return;
    }
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = element("canvas", { width: 2 * made.width, height: 2 * made.height });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(blob => keep(blob, data.id + ".png"), "image/png");
    });
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(made.text);
  }

  for (const each of page.highlights) {
    document.getElementById("highlights").append(element("div", {},
      element("div", { class: "label" }, each.label), element("div", { class: "value" }, each.value), element("div", { class: "note" }, each.note)));
  }
  for (const data of [...page.figures, ...run.figures]) {
    const each = figure(data);
    document.getElementById("figures").append(each.made);
    drawn.push(each);
  }
  for (const each of [...page.facts, ...run.facts]) {
    const note = each.note ? [element("p", { class: "note" }, each.note)] : [];
    const details = element("details", {}, element("summary", {}, each.title), ...note, table(each.table));
    details.open = each.open;
    document.getElementById("facts").append(details);
  }
  redraw();

  dark.addEventListener("change", redraw);
  function forPaper(wanted) {
    printing = wanted;
    document.documentElement.toggleAttribute("data-printing", wanted);
    redraw();
  }
  addEventListener("beforeprint", () => forPaper(true));
  addEventListener("afterprint", () => forPaper(false));
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => drawn.filter(each => each.panels.clientWidth !== each.width).forEach(draw), 120);
  });
  document.documentElement.dataset.drawn = "yes";
})();
