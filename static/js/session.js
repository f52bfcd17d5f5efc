/* A session that ends while somebody types: the page stays, and what they wrote goes its way once they have signed in again in another
   tab. Otherwise the server sends the browser to the sign-in page, and what was typed would go with the page. */
import { tell } from "./overlays.js";

function written() {
  const fields = document.querySelectorAll("form:is([hx-post], [data-draft]) :is(input:not([type=hidden]), textarea)");
  return [...fields].some((field) => field.value && field.value !== field.defaultValue);
}

async function freshToken() {
  // Whoever signs in again in another tab gets a new token; this page still sends the old one.
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const headers = page.body.getAttribute("hx-headers");
  if (headers) document.body.setAttribute("hx-headers", headers);
  return Boolean(headers);
}

function sendAgain(elt) {
  // What is only asked for while one types comes by itself at the next letter: its form is not to be sent by that.
  if (elt.matches("form")) elt.requestSubmit();
  else if (elt.matches("button")) elt.click();
}

export function startSession() {
  document.body.addEventListener("htmx:configRequest", (event) => {
    // The page's own pulse as well as what a hand asks for.
    if (written()) event.detail.headers["X-Keep-Form"] = "1";
  });
  document.body.addEventListener("htmx:responseError", async (event) => {
    const { elt, xhr } = event.detail;
    if (xhr.status !== 403 || elt.dataset.again) return;
    event.stopImmediatePropagation();
    const fresh = await freshToken().catch(() => false);
    if (!elt.isConnected) return;
    elt.dataset.again = "yes";
    if (fresh) sendAgain(elt);
    else tell(xhr);
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) delete event.detail.elt.dataset.again;
  });
}
