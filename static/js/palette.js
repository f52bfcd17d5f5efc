/* Ctrl K: go to a page by a few letters of its name, or search for what was typed. */
export function startPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const links = [...dialog.querySelectorAll("a")];

  const shown = () => links.filter((link) => !link.parentElement.hidden);
  const mark = (index) => {
    const list = shown();
    links.forEach((link) => link.classList.remove("on"));
    if (list.length && index >= 0) list[(index + list.length) % list.length].classList.add("on");
  };
  const filter = () => {
    const text = input.value.trim().toLowerCase();
    for (const link of links) link.parentElement.hidden = !link.textContent.toLowerCase().includes(text);
    mark(text ? 0 : -1);
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      input.value = "";
      filter();
      if (!dialog.open) dialog.showModal();
    }
  });
  input.addEventListener("input", filter);
  dialog.addEventListener("keydown", (event) => {
    const list = shown();
    const index = list.findIndex((link) => link.classList.contains("on"));
    if (event.key === "ArrowDown") mark(index + 1);
    else if (event.key === "ArrowUp") mark(index < 0 ? list.length - 1 : index - 1);
    else if (event.key === "Enter" && index >= 0) list[index].click();
    else return;
    event.preventDefault();
  });
}
