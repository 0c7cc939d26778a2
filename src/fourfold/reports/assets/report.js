// Everything here is comfort: without scripts the report says the same.
"use strict";
document.documentElement.classList.add("js");
const search = document.getElementById("search");
const file = document.getElementById("file");
const groups = [...document.querySelectorAll(".group")];
const boxes = [...document.querySelectorAll(".filters input[type=checkbox]")];
const none = document.querySelector(".none");

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
  let shown = 0;
  for (const group of groups) {
    let open = 0;
    const about = group.dataset.text;
    for (const item of group.querySelectorAll(".f")) {
      const text = about + " " + item.dataset.text;
      const fits = (!file.value || item.dataset.file === file.value) && words.every((word) => text.includes(word));
      item.hidden = !fits;
      open += fits;
    }
    group.hidden = !open || off.has(group.dataset.severity) || off.has(group.dataset.principle);
    shown += group.hidden ? 0 : open;
  }
  none.style.display = shown ? "none" : "block";
}

if (search) {
  for (const input of [search, file, ...boxes]) input.addEventListener("input", filter);
  filter();
}
// A link to one finding opens it, and what is closed is opened for printing.
function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") target.open = true;
}
addEventListener("hashchange", reveal);
reveal();
addEventListener("beforeprint", () => document.querySelectorAll("details.finding").forEach((item) => (item.open = true)));
