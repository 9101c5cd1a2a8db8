// Runs Azurite's blob and table services in this process until its parent ends.
//
//   node launcher.cjs <node_modules> <data folder> [temporary|share]
//
// Standard input signals the end of the parent: it closes however the parent ends, and the services then shut down cleanly. That
// matters because Azurite keeps metadata in memory for some seconds: if it is killed, acknowledged writes are lost.
// In mode temporary the folder is deleted at the end. Standard output has one JSON object a line: {"waiting":…},
// {"blobPort":…,"tablePort":…} or {"inUse":…,"blobPort":…,"tablePort":…} with the ports of the Azurite that uses the folder.
// In mode share inUse is reported sooner.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const net = require('net');
const path = require('path');

const [, , modules, dataFolder, mode] = process.argv;
const azurite = (file) => require(path.join(modules, 'azurite', 'dist', 'src', file));
const send = (message) => process.stdout.write(JSON.stringify(message) + '\n');

// Ctrl-C reaches every process of the terminal. The parent first finishes its requests, and then closes our input.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK']) process.on(signal, () => {});
// The reader of our output may have ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

let endOfParent;
const parentEnded = new Promise((resolve) => (endOfParent = resolve));
process.stdin.on('end', endOfParent).on('close', endOfParent).on('error', endOfParent).resume();
// systemd sends SIGTERM to the whole group: the parent ends too, but finishes its requests first.
process.on('SIGTERM', () => setTimeout(endOfParent, 15000));
// The parent sets AZURITE_ACCOUNTS. Metadata is stored in files, not in the database of AZURITE_DB.
delete process.env.AZURITE_DB;

// Only one Azurite may use a folder. The lock is a listening local socket in the folder, which the system closes when its owner ends.
// Its path is relative, because socket paths must be short.
process.chdir(dataFolder);
const lockPath = process.platform === 'win32'
  ? `\\\\.\\pipe\\registry-${crypto.createHash('sha256').update(fs.realpathSync('.')).digest('hex')}`
  : '.azurite.lock';
const portsPath = '.azurite.ports';
const waiters = new Set();
let state = 'serving';

function listen() {
  return new Promise((resolve, reject) => {
    const lock = net.createServer((waiter) => {
      waiters.add(waiter.on('close', () => waiters.delete(waiter)).on('error', () => {}));
      waiter.write(state);
    });
    lock.once('error', reject).listen(lockPath, () => resolve(lock.unref()));
  });
}

// Resolves to true when the owner of the lock has ended, or to false if it keeps serving.
function ownerEnds(socketPath) {
  return new Promise((resolve, reject) => {
    const owner = net.connect(socketPath);
    let timeout;
    owner.on('data', (text) => {
      if (!String(text).includes('ending')) {
        // The owner notices the end of its parent at once, so an owner that still serves after this timeout keeps serving. An owner
        // that sends nothing is busy saving its data.
        timeout = setTimeout(() => { owner.destroy(); resolve(false); }, mode === 'share' ? 300 : 3000);
        return;
      }
      clearTimeout(timeout);
      send({ waiting: true });
    });
    owner.on('close', () => { clearTimeout(timeout); resolve(true); });
    owner.on('error', reject);
  });
}

async function takeLock() {
  for (;;) {
    try {
      return await listen();
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
    try {
      if (!(await ownerEnds(lockPath))) return null;
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') throw error;
      // Left behind by an owner that was killed. Renamed first, because of several processes that find it only one succeeds.
      const stale = `${lockPath}.${process.pid}`;
      try {
        fs.renameSync(lockPath, stale);
        fs.unlinkSync(stale);
      } catch (gone) {
        if (gone.code !== 'ENOENT') throw gone;
      }
    }
  }
}

// Resolves when all connections are closed, so that no more writes can be acknowledged.
const drain = (server) => new Promise((resolve) => {
  const idle = setInterval(() => server.closeIdleConnections(), 10);
  const timeout = setTimeout(() => server.closeAllConnections(), 5000);
  server.close(() => { clearInterval(idle); clearTimeout(timeout); resolve(); });
});

// Saves even if the database believes that it is saved, and after a save in progress.
const save = (database) => new Promise((resolve, reject) => database.saveDatabase((error) => (error ? reject(error) : resolve())));

async function main() {
  const lock = await takeLock();
  if (lock === null) {
    // The file does not exist yet while the other process starts.
    const ports = fs.existsSync(portsPath) ? JSON.parse(fs.readFileSync(portsPath, 'utf8')) : {};
    send({ inUse: true, ...ports });
    return;
  }

  const { BlobServerFactory } = azurite('blob/BlobServerFactory');
  const TableConfiguration = azurite('table/TableConfiguration').default;
  const TableServer = azurite('table/TableServer').default;
  const { DEFAULT_TABLE_LOKI_DB_PATH } = azurite('table/utils/constants');

  // Free ports on loopback; no access log, any API version, no telemetry.
  const none = () => undefined;
  const environment = {
    location: async () => dataFolder, debug: async () => undefined,
    blobHost: () => '127.0.0.1', blobPort: () => 0, blobKeepAliveTimeout: () => 5,
    silent: () => true, loose: () => false, skipApiVersionCheck: () => true, disableProductStyleUrl: () => true,
    cert: none, key: none, pwd: none, oauth: none, inMemoryPersistence: () => false, extentMemoryLimit: none, disableTelemetry: () => true,
  };
  const blob = await new BlobServerFactory().createServer(environment);
  const table = new TableServer(new TableConfiguration(
    '127.0.0.1', 0, 5, path.join(dataFolder, DEFAULT_TABLE_LOKI_DB_PATH),
    false, false, undefined, undefined, false, true, undefined, undefined, undefined, undefined, true, false));
  await blob.start();
  await table.start();
  const databases = [blob.metadataStore.db, blob.extentMetadataStore.db, table.metadataStore.db];
  // Temporary data is never read again, and each save writes all of it.
  if (mode === 'temporary') for (const database of databases) database.autosaveDisable();
  const port = (server) => Number(new URL(server.getHttpServerAddress()).port);
  const ports = { blobPort: port(blob), tablePort: port(table) };
  fs.writeFileSync(portsPath, JSON.stringify(ports));
  send(ports);

  await parentEnded;
  state = 'ending';
  for (const waiter of waiters) waiter.write(state);
  // Not Azurite's own close(): it cuts requests in flight, does not wait for a save in progress, and ignores a failed save.
  await Promise.all([blob.httpServer, table.httpServer].map(drain));
  if (mode !== 'temporary') await Promise.all(databases.map(save));
  fs.rmSync(portsPath, { force: true });
  lock.close();
  if (mode === 'temporary') fs.rmSync(dataFolder, { recursive: true, force: true });
}

main().then(() => process.exit(0), (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
