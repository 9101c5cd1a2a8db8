/** A gate: callers wait while it is closed. Initially closed. */
export class Gate {
  #passed!: Promise<void>;
  #open!: () => void;

  constructor() {
    this.close();
  }

  get passed(): Promise<void> {
    return this.#passed;
  }

  open(): void {
    this.#open();
  }

  close(): void {
    this.#passed = new Promise((open) => (this.#open = open));
  }
}
