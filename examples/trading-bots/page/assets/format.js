// Numbers and times as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 8 });
const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const NOTHING = "–";

const or = (format) => (value) => (Number.isFinite(value) ? format(value) : NOTHING);

export const count = or((value) => whole.format(value));
export const rate = or((value) => (value < 10 ? short.format(value) : whole.format(value)));
export const percent = or((value) => `${whole.format(value * 100)} %`);
export const milliseconds = or((value) => {
  if (value < 0.1) return "<0.1 ms";
  return `${value < 10 ? short.format(value) : whole.format(value)} ms`;
});
export const price = or((value) => (Math.abs(value) < 10 ? exact.format(value) : money.format(value)));
export const quantity = or((value) => exact.format(value));
export const time = or((at) => clock.format(at));

export const bytes = or((value) => {
  if (value < 1024) return `${value} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let size = value / 1024;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit += 1) size /= 1024;
  return `${size < 10 ? short.format(size) : whole.format(size)} ${units[unit]}`;
});

// A span in its largest unit: these are read at a glance, and looked up elsewhere when they matter.
export const span = or((milliseconds) => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
});

// How long ago that was.
export const age = or((milliseconds) => (milliseconds < 1000 ? "now" : `${span(milliseconds)} ago`));

export function side(value) {
  return String(value ?? "").replace(/^SIDE_/, "").toLowerCase();
}

export function trade(made) {
  if (!made) return NOTHING;
  return `${side(made.side)} ${quantity(made.quantity ?? 0)} ${made.symbol} at ${price(made.price ?? 0)}`;
}
