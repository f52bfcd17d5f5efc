/* Small helps of forms: filters that apply themselves, reasons filled in by a click, Ctrl Enter where Enter alone means something else. */
export function startForms() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && !event.target.matches("[data-manual]")) form.requestSubmit();
  });
  // Empty filters do not belong in an address that is shared.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-auto]")) return;
    const entries = [...event.formData];
    for (const [name] of entries) event.formData.delete(name);
    for (const [name, value] of entries) if (value) event.formData.append(name, value);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.repeat || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("dialog[open] form, form[data-draft]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const preset = event.target.closest("[data-fill]");
    if (!preset) return;
    const field = document.querySelector(preset.dataset.fill);
    field.value = preset.textContent.trim();
    field.focus();
  });
}
