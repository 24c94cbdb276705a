"use strict";
(() => {
  const steps = Array.from(document.querySelectorAll(".step"));
  const list = document.querySelector("nav ol");
  const MOST = 5000; // links in the outline; beyond that it would only slow the page down

  steps.slice(0, MOST).forEach((step) => {
    const link = document.createElement("a");
    link.href = "#" + step.id;
    link.className = step.className.replace("step ", "to ");
    const number = document.createElement("b");
    number.textContent = step.querySelector(".number").textContent;
    link.append(number, " ", step.querySelector(".action").textContent);
    list.append(document.createElement("li"));
    list.lastChild.append(link);
  });

  let naming;
  const here = () => {
    const at = document.activeElement && document.activeElement.closest(".step");
    if (at) return steps.indexOf(at);
    return steps.findIndex((step) => step.id === location.hash.slice(1));
  };

  const go = (index) => {
    const step = steps[Math.max(0, Math.min(index, steps.length - 1))];
    if (!step) return;
    step.focus({ preventScroll: true });
    step.scrollIntoView({ block: "start" });
    clearTimeout(naming);
    naming = setTimeout(() => history.replaceState(null, "", "#" + step.id), 200); // browsers throttle it for a held key
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const by = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    go(here() + by);
  });

  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  });
})();
