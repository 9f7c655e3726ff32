// What keeps people out, as far as a program can tell: a list of findings, empty where there are none.
const found = [];
const say = (what, element) => found.push(`${what}: ${(element?.outerHTML ?? "").slice(0, 120)}`);
const all = (selector) => [...document.querySelectorAll(selector)];
const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;

if (document.documentElement.lang !== "en") say("no language");
if (!document.title.trim()) say("no title");
if (all("h1").length !== 1) say(`${all("h1").length} h1`);
if (all("main").length !== 1) say("not one main");
all("nav").forEach((nav) => nav.ariaLabel || say("nav without a label", nav));

let level = 0;
for (const heading of all("h1, h2, h3, h4")) {
  const own = Number(heading.tagName[1]);
  if (own > level + 1) say(`heading after level ${level}`, heading);
  level = own;
}

const ids = all("[id]").map((element) => element.id);
ids.filter((id, i) => ids.indexOf(id) !== i).forEach((id) => say(`id twice: ${id}`));
for (const name of ["aria-labelledby", "aria-describedby"]) {
  all(`[${name}]`).forEach((element) =>
    document.getElementById(element.getAttribute(name)) || say(`${name} leads nowhere`, element));
}

all("input:not([type=hidden]), select").forEach((field) =>
  field.labels.length === 1 && field.labels[0].textContent.trim() || say("field without a label", field));
all("button, a").forEach((control) => control.textContent.trim() || say("control without a name", control));
all("svg").forEach((image) =>
  image.ariaHidden === "true" || (image.getAttribute("role") === "img" && image.ariaLabel) || say("picture without a name", image));
all("th").forEach((cell) => cell.scope || say("table head without a scope", cell));
all(".scroll").forEach((region) => region.tabIndex === 0 && region.ariaLabel || say("scrolls by mouse alone", region));

const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
const luminance = ([r, g, b]) => {
  const linear = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const background = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = channels(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
for (const element of all("body *")) {
  const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!text || !visible(element) || element.closest(".skip, script, style, option, datalist")) continue;
  const style = getComputedStyle(element);
  const ink = luminance(channels(element instanceof SVGElement ? style.fill : style.color));
  const paper = luminance(background(element));
  const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  if (contrast < 4.5) say(`contrast ${contrast.toFixed(2)}`, element);
}

if (document.documentElement.scrollWidth > innerWidth) {
  say(`page of ${document.documentElement.scrollWidth} in a window of ${innerWidth}`);
}
return found;
