// Whatever has to be drawn is drawn once in the next frame, however often that was asked for.
const waiting = new Set();

export function draw(part) {
  if (waiting.size === 0) requestAnimationFrame(drawAll);
  waiting.add(part);
}

function drawAll() {
  const parts = [...waiting];
  waiting.clear();
  for (const part of parts) part();
}
