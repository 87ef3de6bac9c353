// Looks for a new result every second. Stops when the page comes without this script: the result is final.
"use strict";
const look = async () => {
  try {
    const response = await fetch(location.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const result = document.getElementById("result");
    const next = page.getElementById("result");
    if (next && result.innerHTML !== next.innerHTML) {
      // The element stays, so that screen readers announce what changes in it.
      result.className = next.className;
      result.innerHTML = next.innerHTML; // from this server, which has escaped it
      document.title = document.title.replace(/.* –/, result.querySelector("h1").textContent + " –");
    }
    if (next && !page.querySelector("script")) {
      return;
    }
  } catch {
    // The network failed. The next try may succeed.
  }
  setTimeout(look, 1000);
};
setTimeout(look, 1000);
