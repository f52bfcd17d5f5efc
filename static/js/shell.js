/* What every page has: theme, dialogs, toasts, keys, the pulse of the top bar, and the grids. */
import { startTheme } from "./theme.js";
import { startOverlays, tell, toast, toastText } from "./overlays.js";
import { startPatience } from "./patience.js";
import { startKeys } from "./keys.js";
import { startPalette } from "./palette.js";
import { startGrids } from "./grid.js";
import { startForms } from "./forms.js";
import { startExports } from "./export.js";
import { startSession } from "./session.js";

/* A page that comes back as it was left shows rows that others have changed meanwhile. */
function startReturn() {
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[data-grid]")) document.body.dispatchEvent(new CustomEvent("oms:changed"));
  });
}

const PULSE_MS = 15000;

function startPulse() {
  // A hidden tab asks for nothing; it asks at once when it is looked at again.
  const beat = () => {
    if (document.visibilityState === "visible") document.body.dispatchEvent(new CustomEvent("oms:pulse"));
  };
  setInterval(beat, PULSE_MS);
  document.addEventListener("visibilitychange", beat);
  document.body.addEventListener("oms:beat", beat);
}

function startErrors() {
  document.body.addEventListener("htmx:sendError", () => toast(toastText("lost"), "stop"));
  document.body.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr));
}

startTheme();
// Where places or tabs stand in one line, the one that is open is in sight.
for (const open of document.querySelectorAll(".side [aria-current], .tabs [aria-current]")) open.scrollIntoView({ block: "nearest", inline: "nearest" });
// htmx takes the page's forms and buttons over at this event; a key pressed before that would send a form past it.
document.addEventListener("DOMContentLoaded", () => {
  startPatience();
  startOverlays();
  startKeys();
  startPalette();
  startGrids();
  startForms();
  startExports();
  startPulse();
  // Before what tells of errors: it mends some of them.
  startSession();
  startErrors();
  startReturn();
  document.documentElement.dataset.ready = "yes";
});
