/** `npm start`: checks the runtime before anything native is loaded, then runs the supervisor. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `Switchback needs Node.js 22.15 or newer; this is ${process.versions.node}. ` +
      "Start it with `npm start`, which uses the Node.js that `npm ci` installed, or install a newer one.\n",
  );
  process.exit(1);
}

// Imported only now: the database driver crashes an older runtime without a word.
const { supervise } = await import("./supervisor");
process.exitCode = await supervise({ dev: process.argv.includes("--dev") });

export {};
