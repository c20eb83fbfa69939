// The last so many of what was pushed.
export class Ring {
  #slots;
  #next = 0;
  length = 0;

  constructor(capacity) {
    this.#slots = new Array(capacity).fill(undefined);
  }

  push(value) {
    this.#slots[this.#next] = value;
    this.#next = (this.#next + 1) % this.#slots.length;
    this.length = Math.min(this.length + 1, this.#slots.length);
  }

  // The oldest is 0, the latest -1.
  at(index) {
    const from = index < 0 ? this.length + index : index;
    if (from < 0 || from >= this.length) return undefined;
    const capacity = this.#slots.length;
    return this.#slots[(this.#next - this.length + from + capacity) % capacity];
  }

  clear() {
    this.#slots.fill(undefined);
    this.length = 0;
  }

  *[Symbol.iterator]() {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }
}
