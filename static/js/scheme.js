/* The form of a scheme: steps and gifts are added and taken away; after each the scheme is read back anew. */
const form = document.getElementById("scheme-form");
const steps = document.getElementById("steps");

function changed() {
  form.dispatchEvent(new CustomEvent("oms:steps"));
}

function freshKey() {
  const used = [...steps.querySelectorAll("[data-step]")].map((step) => Number(step.dataset.step.replace(/\D/g, "")) || 0);
  return `s${Math.max(-1, ...used) + 1}`;
}

function rename(node, key) {
  for (const field of node.querySelectorAll("[name]")) field.name = field.name.replace(/^new-/, `${key}-`);
  for (const place of node.querySelectorAll('[id="error-new"]')) place.id = `error-${key}`;
}

function added(parent, node, focus) {
  parent.append(node);
  window.htmx.process(parent.lastElementChild);
  parent.lastElementChild.querySelector(focus)?.focus();
  changed();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("addStep" in button.dataset) {
    const node = document.getElementById("step-template").content.firstElementChild.cloneNode(true);
    const key = freshKey();
    node.dataset.step = key;
    node.querySelector('[name="step"]').value = key;
    rename(node, key);
    added(steps, node, 'input:not([type="hidden"])');
  } else if ("addGift" in button.dataset) {
    const step = button.closest("[data-step]");
    const node = document.getElementById("gift-template").content.firstElementChild.cloneNode(true);
    rename(node, step.dataset.step);
    added(step.querySelector(".gift-rows"), node, "input");
  } else if (button.dataset.remove) {
    button.closest(button.dataset.remove).remove();
    changed();
  }
});

// Enter moves on; only the buttons save, so that a half-written scheme is not sent by a slip.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input:not([type=checkbox], [type=radio])")) return;
  event.preventDefault();
  const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button")].filter(
    (field) => field.getClientRects().length > 0,
  );
  fields[fields.indexOf(event.target) + 1]?.focus();
});
