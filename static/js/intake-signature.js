// A signature drawn with a finger, a pen or a mouse. What is drawn becomes a picture in the file field beside it; typing the
// name does as well, and is the way by keyboard.
const WIDTH = 600;
const HEIGHT = 200;

export function offerDrawing(root) {
  for (const place of root.querySelectorAll("[data-draw]:not([data-ready])")) pad(place);
}

function pad(place) {
  const file = place.querySelector("input[type=file]");
  const canvas = place.querySelector("canvas");
  const wiped = place.querySelector('input[name^="wiped:"]');
  const clear = place.querySelector("[data-draw-clear]");
  if (!file || !canvas?.getContext || !window.DataTransfer) return;
  place.dataset.ready = "";
  place.hidden = false;
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const pen = canvas.getContext("2d");
  let drawn = false;
  let last = null;

  // Dark ink on white in both themes: the picture is read on paper.
  const blank = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    Object.assign(pen, { strokeStyle: "#111", fillStyle: "#111", lineWidth: 3, lineCap: "round", lineJoin: "round" });
    drawn = false;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * HEIGHT) / box.height];
  };
  const line = (to) => {
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...to);
    pen.stroke();
    last = to;
    drawn = true;
  };
  const hand = (picture) => {
    wiped.value = picture ? "" : "yes";
    const transfer = new DataTransfer();
    if (picture) transfer.items.add(new File([picture], "signature.png", { type: "image/png" }));
    file.files = transfer.files;
    file.dispatchEvent(new Event("change", { bubbles: true }));
  };

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    line(last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    for (const one of event.getCoalescedEvents?.() || [event]) line(at(one));
  });
  const lift = () => {
    if (last && drawn) canvas.toBlob(hand, "image/png");
    last = null;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  clear?.addEventListener("click", () => {
    blank();
    place.querySelector("[data-draw-kept]")?.remove();
    hand(null);
  });
  blank();
}
