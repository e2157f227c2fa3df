"use strict";
// Folds the code of a figure's page away, so that text and pictures are seen first.
document.addEventListener("DOMContentLoaded", () => {
  if (!document.querySelector(".sphx-glr-example-title")) return;
  for (const code of document.querySelectorAll("article .highlight-Python")) {
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    details.className = "gallery-code";
    summary.textContent = "Code";
    code.replaceWith(details);
    details.append(summary, code);
  }
});
