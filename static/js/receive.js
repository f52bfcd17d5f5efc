/* Receiving: a scanned barcode counts one unit of its line; Enter never books by itself, since every scanner sends one. */
const form = document.querySelector("form[data-receive]");

function sum() {
  const units = [...form.querySelectorAll("[data-line] input")].reduce((all, field) => all + (Number.parseInt(field.value, 10) || 0), 0);
  form.querySelector("[data-sum]").textContent = units.toLocaleString("en-US");
}

function mark(line) {
  for (const other of form.querySelectorAll("[data-line].scanned")) other.classList.remove("scanned");
  line?.classList.add("scanned");
  line?.scrollIntoView({ block: "nearest" });
}

function scan(field) {
  const code = field.value.trim();
  field.value = "";
  if (!code) return;
  const said = form.querySelector("[data-scan-said]");
  const wanted = code.toUpperCase();
  const line = [...form.querySelectorAll("[data-line]")].find((one) => one.dataset.codes.toUpperCase().split(" ").includes(wanted));
  mark(line);
  said.classList.toggle("tone-stop", !line);
  if (!line) {
    said.textContent = `${said.dataset.unknown} ${code}`;
    return;
  }
  const units = line.querySelector("input");
  units.value = String((Number.parseInt(units.value, 10) || 0) + 1);
  said.textContent = `${line.querySelector("b").textContent} × ${units.value}`;
  sum();
}

if (form) {
  form.addEventListener("input", sum);
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-all-came]")) return;
    for (const line of form.querySelectorAll("[data-line]")) {
      if (Number(line.dataset.toCome)) line.querySelector("input").value = line.dataset.toCome;
    }
    sum();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) form.requestSubmit();
    else if (event.target.matches("[data-scan]")) scan(event.target);
    else form.querySelector("[data-scan]").focus();
  });
  sum();
}
