/* Light, dark, or like the system: a cookie, so that the server draws the page right from the first byte. */
export function startTheme() {
  const box = document.querySelector("[data-theme-switch]");
  if (!box) return;
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-value]");
    if (!button) return;
    const value = button.dataset.themeValue;
    document.cookie = `theme=${value}; path=/; max-age=${value ? 31536000 : 0}; samesite=lax`;
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    for (const other of box.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  });
}
