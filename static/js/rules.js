/* The rules: ranked; rows and conditions added from templates. */
import { startRanking } from "./rank.js";

const place = document.getElementById("rules");
if (place) startRanking(place, "rule-order");

let added = 0;
document.addEventListener("click", (event) => {
  const remove = event.target.closest("[data-remove]");
  if (remove) remove.closest(remove.dataset.remove).remove();
  if (event.target.closest("[data-add-row]")) {
    const body = document.getElementById("table-rows");
    body.append(document.getElementById("row-template").content.cloneNode(true));
    body.lastElementChild.querySelector("input").focus();
  }
  if (event.target.closest("[data-add-condition]")) {
    const kind = document.getElementById("condition-kind").value;
    const template = document.querySelector(`template[data-condition="${kind}"]`);
    const number = `n${Date.now().toString(36).slice(-5)}${added++}`.slice(0, 8);
    const holder = document.createElement("div");
    holder.append(template.content.cloneNode(true));
    for (const node of holder.querySelectorAll("*")) {
      for (const name of ["name", "id", "for", "value"]) {
        const text = node.getAttribute(name);
        if (text?.includes("NEW")) node.setAttribute(name, text.replace("NEW", number));
      }
    }
    const row = holder.firstElementChild;
    document.getElementById("conditions").append(row);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
});
