/** Lets pass while it is open; who comes to it when it is closed waits. It is closed at first. */
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
