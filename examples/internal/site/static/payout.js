// Shows the result as the server sends it, until it is final. The browser connects again by itself.
"use strict";
const source = new EventSource(document.currentScript.dataset.events);
const show = (event) => {
  const result = document.getElementById("result");
  const next = document.createElement("template");
  next.innerHTML = event.data; // from our own server, escaped there
  if (result.innerHTML !== next.content.firstElementChild.innerHTML) {
    // The element stays, so that screen readers announce what changes in it.
    result.className = next.content.firstElementChild.className;
    result.innerHTML = next.content.firstElementChild.innerHTML;
    document.title = document.title.replace(/.* –/, result.querySelector("h1").textContent + " –"); // seen in another tab
  }
};
source.addEventListener("result", show);
source.addEventListener("final", (event) => {
  show(event);
  source.close();
});
